package bitnet.template;

import java.util.ArrayList;
import java.util.List;

/** {@code value[from:to:step]} of strings and lists. */
final class Slices {
    private Slices() {}

    static Object of(Object value, Object from, Object to, Object step, Budget budget) {
        Values.defined(value);
        if (!(value instanceof String) && !(value instanceof List<?>)) {
            throw new TemplateError(Values.type(value) + " has no parts");
        }
        String s = value instanceof String text ? text : "";
        int length = value instanceof List<?> list ? list.size() : Text.length(s);
        budget.spend(length);
        long by = step == None.NONE ? 1 : Values.whole(step);
        if (by == 0) {
            throw new TemplateError("a slice with step 0");
        }
        int first = by > 0 ? 0 : -1;
        int start = bound(from, by > 0 ? 0 : length - 1, first, length);
        int end = bound(to, by > 0 ? length : -1, first, length);
        if (by == 1 && value instanceof String) {
            if (start >= end) {
                return "";
            }
            int begin = s.offsetByCodePoints(0, start);
            return s.substring(begin, s.offsetByCodePoints(begin, end - start));
        }
        List<?> elements = value instanceof List<?> list ? list : Text.characters(s);
        var part = new ArrayList<Object>();
        for (long i = start; by > 0 ? i < end : i > end; i += Math.clamp(by, -length - 1L, length + 1L)) {
            part.add(elements.get((int) i));
        }
        if (value instanceof List<?>) {
            return part;
        }
        var text = new StringBuilder();
        part.forEach(text::append);
        return text.toString();
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
