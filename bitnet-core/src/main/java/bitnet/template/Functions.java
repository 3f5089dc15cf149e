package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.time.Clock;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that a template may call: Jinja's, and those that transformers adds. */
final class Functions {
    /** As in Jinja's sandbox. */
    private static final long LONGEST_RANGE = 100_000;

    private Functions() {}

    static void define(Scope scope, Clock clock, Budget budget) {
        define(scope, "range", arguments -> range(arguments, budget));
        define(scope, "namespace", arguments -> new Values.Namespace(members(arguments, budget)));
        define(scope, "dict", arguments -> members(arguments, budget));
        define(scope, "raise_exception", arguments -> {
            throw new TemplateError("the template refuses the conversation: "
                    + Values.print(arguments.bind(List.of("message")).get("message"), budget)
                            .text());
        });
        define(scope, "strftime_now", arguments -> {
            PromptText format = Values.string(arguments.bind(List.of("format")).get("format"));
            return Strftime.format(format, LocalDateTime.now(clock), budget);
        });
    }

    private static void define(Scope scope, String name, Values.Callable function) {
        scope.set(name, function);
    }

    private static Map<Object, Object> members(CallArguments arguments, Budget budget) {
        var members = new LinkedHashMap<Object, Object>();
        for (Object from : arguments.positional()) {
            if (!(from instanceof Map<?, ?> map)) {
                throw new TemplateError(arguments.name() + "() of " + Values.type(from));
            }
            budget.entries(map.size());
            map.forEach((key, value) -> members.put(Values.string(key), value));
        }
        budget.entries(arguments.named().size());
        arguments.named().forEach((key, value) -> members.put(PromptText.template(key), value));
        return members;
    }

    private static Object range(CallArguments given, Budget budget) {
        boolean one = given.positional().size() < 2;
        CallArguments arguments = given.bind(one ? List.of("stop") : List.of("start", "stop", "step"));
        long from = one ? 0 : Values.whole(arguments.get("start"));
        long to = Values.whole(arguments.get("stop"));
        long step = Values.whole(arguments.get("step", 1L));
        if (step == 0) {
            throw new TemplateError("range() with step 0");
        }
        double length = Math.ceil(((double) to - from) / step);
        if (length > LONGEST_RANGE) {
            throw new TemplateError("a range has more than " + LONGEST_RANGE + " elements");
        }
        budget.elements((long) Math.max(0, length));
        var list = new ArrayList<Object>();
        long value = from;
        for (int i = 0; i < length; i++, value += step) {
            list.add(value);
        }
        return list;
    }
}
