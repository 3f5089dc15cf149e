package bitnet.template;

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
        define(scope, "namespace", arguments -> new Values.Namespace(members(arguments)));
        define(scope, "dict", arguments -> new LinkedHashMap<Object, Object>(members(arguments)));
        define(scope, "raise_exception", arguments -> {
            throw new TemplateError("the template refuses the conversation: "
                    + Values.print(arguments.bind(List.of("message")).get("message"), budget));
        });
        define(scope, "strftime_now", arguments -> {
            String format =
                    budget.made(Values.string(arguments.bind(List.of("format")).get("format")));
            return budget.made(Strftime.format(format, LocalDateTime.now(clock)));
        });
    }

    private static void define(Scope scope, String name, Values.Callable function) {
        scope.set(name, function);
    }

    private static Map<String, Object> members(CallArguments arguments) {
        var members = new LinkedHashMap<String, Object>();
        for (Object from : arguments.positional()) {
            if (!(from instanceof Map<?, ?> map)) {
                throw new TemplateError(arguments.name() + "() of " + Values.type(from));
            }
            map.forEach((key, value) -> members.put(Values.string(key), value));
        }
        members.putAll(arguments.named());
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
        budget.spend(4L * (long) Math.max(0, length));
        var list = new ArrayList<Object>();
        long value = from;
        for (int i = 0; i < length; i++, value += step) {
            list.add(value);
        }
        return list;
    }
}
