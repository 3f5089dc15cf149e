package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.List;

/** {@code value[from:to:step]} of strings and lists. */
final class Slices {
    private Slices() {}

    static Object of(Object value, Object from, Object to, Object step, Budget budget) {
        int length = switch (Values.defined(value)) {
            case PromptText s -> Text.characterCount(s, budget);
            case List<?> list -> list.size();
            default -> throw new TemplateError(Values.type(value) + " has no parts");
        };
        long by = step == None.NONE ? 1 : Values.whole(step);
        if (by == 0) {
            throw new TemplateError("a slice with step 0");
        }
        int first = by > 0 ? 0 : -1;
        int start = bound(from, by > 0 ? 0 : length - 1, first, length);
        int end = bound(to, by > 0 ? length : -1, first, length);
        if (by == 1 && value instanceof PromptText s) {
            if (start >= end) {
                return PromptText.EMPTY;
            }
            return Text.part(s, Text.offset(s, start, budget), Text.offset(s, end, budget), budget);
        }
        List<?> elements = value instanceof List<?> list ? list : Text.characters((PromptText) value, budget);
        long stride = Math.clamp(by, -length - 1L, length + 1L);
        long distance = by > 0 ? (long) end - start : (long) start - end;
        int count = (int) Math.max(0, (distance + Math.abs(stride) - 1) / Math.abs(stride));
        budget.elements(count);
        var part = new ArrayList<Object>(count);
        for (int i = 0; i < count; i++) {
            part.add(elements.get((int) (start + i * stride)));
        }
        return switch (value) {
            case Tuple _ -> new Tuple(part);
            case List<?> _ -> part;
            default -> Sequences.joined(part, budget);
        };
    }

    /** An end of a slice: counted from the end if negative, and never outside. */
    private static int bound(Object bound, int otherwise, int first, int length) {
        if (bound == None.NONE) {
            return otherwise;
        }
        long i = Values.whole(bound);
        return (int) Math.clamp(i < 0 ? i + length : i, first, first + (long) length);
    }
}
