package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Strings as Python has them: sequences of code points, with Python's white space. All of it is paid for. */
final class Text {
    private Text() {}

    /** What Python's {@code str.isspace} holds for white space. */
    static boolean isSpace(int c) {
        if (c < 0x80) {
            return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
        }
        return c == 0x85
                || switch (Character.getType(c)) {
                    case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
                    default -> false;
                };
    }

    /** The part {@code [from..to)}. */
    static PromptText part(PromptText s, int from, int to, Budget budget) {
        budget.text(to - from);
        return s.substring(from, to);
    }

    static PromptText sum(PromptText a, PromptText b, Budget budget) {
        int length = length((long) a.length() + b.length(), budget);
        return new PromptText.Builder(length).append(a).append(b).build();
    }

    static PromptText repeated(PromptText s, int times, Budget budget) {
        int length = length((long) s.length() * times, budget);
        var all = new PromptText.Builder(length);
        for (int i = 0; i < times && length > 0; i++) {
            all.append(s);
        }
        return all.build();
    }

    /** Pays for a text of this length. */
    private static int length(long length, Budget budget) {
        budget.text(length);
        return Math.toIntExact(length);
    }

    /** The character with an index, or null where there is none; negative ones count from the end. */
    static @Nullable PromptText character(PromptText s, long index, Budget budget) {
        int count = characterCount(s, budget);
        long i = index < 0 ? index + count : index;
        if (i < 0 || i >= count) {
            return null;
        }
        int from = offset(s, (int) i, budget);
        return part(s, from, from + width(s, from), budget);
    }

    static int characterCount(PromptText s, Budget budget) {
        budget.work(s.length() / 8);
        return s.codePoints();
    }

    static int offset(PromptText s, int codePoint, Budget budget) {
        budget.work(s.codePoints() == s.length() ? 1 : s.length());
        return s.offset(codePoint);
    }

    static int width(PromptText s, int at) {
        return Character.charCount(s.text().codePointAt(at));
    }

    /** The characters as strings of one code point each. */
    static List<Object> characters(PromptText s, Budget budget) {
        budget.elements(3L * characterCount(s, budget));
        var characters = new ArrayList<Object>(s.codePoints());
        for (int i = 0; i < s.length(); ) {
            int next = i + width(s, i);
            characters.add(s.substring(i, next));
            i = next;
        }
        return characters;
    }

    /** Without white space, or without the characters of {@code chars}, at the sides asked for. */
    static PromptText strip(PromptText s, String chars, boolean left, boolean right, Budget budget) {
        String text = s.text();
        int from = 0;
        int to = text.length();
        while (left && from < to && stripped(text.codePointAt(from), chars, budget)) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && stripped(text.codePointBefore(to), chars, budget)) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return part(s, from, to, budget);
    }

    private static boolean stripped(int c, String chars, Budget budget) {
        budget.work(1 + chars.length() / 8);
        return chars.isEmpty() ? isSpace(c) : chars.indexOf(c) >= 0;
    }

    /** Splits at runs of white space, at most {@code most} times if that is not negative. */
    static List<Object> splitAtSpace(PromptText s, long most, Budget budget) {
        String text = s.text();
        budget.work(text.length());
        var parts = new ArrayList<Object>();
        int i = 0;
        while (true) {
            while (i < text.length() && isSpace(text.charAt(i))) {
                i++;
            }
            if (i == text.length()) {
                return parts;
            }
            budget.element();
            if (parts.size() == most) {
                parts.add(part(s, i, text.length(), budget));
                return parts;
            }
            int start = i;
            while (i < text.length() && !isSpace(text.charAt(i))) {
                i++;
            }
            parts.add(part(s, start, i, budget));
        }
    }

    /** Splits at a separator, at most {@code most} times if that is not negative. */
    static List<Object> split(PromptText s, PromptText separator, long most, Budget budget) {
        if (separator.isEmpty()) {
            throw new TemplateError("split() with an empty separator");
        }
        var search = new Search(s.text(), separator.text(), budget);
        var parts = new ArrayList<Object>();
        int start = 0;
        int found;
        while (parts.size() != most && (found = search.next(start)) >= 0) {
            budget.element();
            parts.add(part(s, start, found, budget));
            start = found + separator.length();
        }
        parts.add(part(s, start, s.length(), budget));
        return parts;
    }

    /** {@code str.splitlines} */
    static List<Object> lines(PromptText s, Budget budget) {
        String text = s.text();
        budget.work(text.length());
        var lines = new ArrayList<Object>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ends =
                    (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
            if (ends) {
                budget.element();
                lines.add(part(s, start, i, budget));
                if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        if (start < text.length()) {
            lines.add(part(s, start, text.length(), budget));
        }
        return lines;
    }

    /** {@code str.replace}, of at most {@code most} places if that is not negative. */
    static PromptText replace(PromptText s, PromptText old, PromptText replacement, long most, Budget budget) {
        var search = new Search(s.text(), old.text(), budget);
        long left = most < 0 ? Long.MAX_VALUE : most;
        var result = new PromptText.Builder(s.length());
        budget.text(s.length());
        int copied = 0;
        int found = search.next(0);
        while (found >= 0 && left-- > 0) {
            budget.text(replacement.length());
            result.append(s, copied, found).append(replacement);
            copied = found + old.length();
            // Nothing is found between all characters, and at both ends.
            int next = !old.isEmpty() ? copied : found + (found < s.length() ? width(s, found) : 1);
            found = next > s.length() ? -1 : search.next(next);
        }
        return result.append(s, copied, s.length()).build();
    }

    /** {@code str.count} */
    static long count(PromptText s, PromptText part, Budget budget) {
        if (part.isEmpty()) {
            return characterCount(s, budget) + 1L;
        }
        var search = new Search(s.text(), part.text(), budget);
        long count = 0;
        for (int i = search.next(0); i >= 0; i = search.next(i + part.length())) {
            budget.work(8);
            count++;
        }
        return count;
    }
}
