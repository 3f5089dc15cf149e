package bitnet.template;

import java.util.List;

/** What {@code loop} is inside a loop. */
final class Loop {
    private final List<?> items;
    private int index;

    Loop(List<?> items) {
        this.items = items;
    }

    void at(int newIndex) {
        index = newIndex;
    }

    Object attribute(String name) {
        long length = items.size();
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> length - index;
            case "revindex0" -> length - index - 1;
            case "first" -> index == 0;
            case "last" -> index == length - 1;
            case "length" -> length;
            case "depth" -> 1L; // of recursion, which there is none of
            case "depth0" -> 0L;
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("previtem");
            case "nextitem" -> index + 1 < length ? items.get(index + 1) : new Undefined("nextitem");
            default -> new Undefined(name);
        };
    }

    /** {@code loop.cycle(a, b, ...)} */
    Object cycle(CallArguments arguments) {
        List<Object> of = arguments.positional();
        if (of.isEmpty()) {
            throw new TemplateError("loop.cycle needs arguments");
        }
        return of.get(index % of.size());
    }
}
