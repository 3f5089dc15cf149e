package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A member by name, by index or by a path of them ({@code function.name}).
 *
 * @param steps names, and indexes where they are numbers
 */
record MemberPath(List<PromptText> steps) {
    /** The value itself. */
    static final MemberPath SELF = new MemberPath(List.of());

    /** The first element. */
    static final MemberPath FIRST = new MemberPath(List.of(PromptText.template("0")));

    private static final PromptText DOT = PromptText.template(".");

    /** The path that an argument gives, or {@link #SELF}. */
    static MemberPath of(CallArguments arguments, String argument, Budget budget) {
        Object path = arguments.get(argument, None.NONE);
        return path == None.NONE ? SELF : of(path, budget);
    }

    static MemberPath of(Object path, Budget budget) {
        if (path instanceof Long i) {
            return new MemberPath(List.of(PromptText.template(i.toString())));
        }
        var steps = new ArrayList<PromptText>();
        for (Object step : Text.split(Values.string(path), DOT, -1, budget)) {
            steps.add((PromptText) step);
        }
        return new MemberPath(steps);
    }

    Object in(Object element, Budget budget) {
        return in(element, None.NONE, budget);
    }

    /** As above, with what stands for a member that is not there, unless that is none. */
    Object in(Object element, Object otherwise, Budget budget) {
        Object value = element;
        for (PromptText name : steps) {
            budget.work(32 + name.length() / 8);
            Object member = null;
            if (Values.defined(value) instanceof Map<?, ?> map) {
                member = map.get(name);
            } else if (value instanceof List<?> list && isIndex(name.text())) {
                int i = Integer.parseInt(name.text());
                member = i < list.size() ? list.get(i) : null;
            }
            value = member != null ? member : otherwise != None.NONE ? otherwise : new Undefined(name);
        }
        return value;
    }

    private static boolean isIndex(String name) {
        return !name.isEmpty() && name.length() <= 9 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
