package bitnet.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Strings as Python has them: sequences of code points, with Python's white space. */
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

    static int length(String s) {
        return s.codePointCount(0, s.length());
    }

    /** The characters as strings of one code point each. */
    static List<Object> characters(String s) {
        var characters = new ArrayList<Object>();
        for (int i = 0; i < s.length(); ) {
            int next = i + Character.charCount(s.codePointAt(i));
            characters.add(s.substring(i, next));
            i = next;
        }
        return characters;
    }

    /** Without white space, or without the characters of {@code chars}, at the sides asked for. */
    static String strip(String s, String chars, boolean left, boolean right) {
        int from = 0;
        int to = s.length();
        while (left && from < to && stripped(s.codePointAt(from), chars)) {
            from += Character.charCount(s.codePointAt(from));
        }
        while (right && to > from && stripped(s.codePointBefore(to), chars)) {
            to -= Character.charCount(s.codePointBefore(to));
        }
        return s.substring(from, to);
    }

    private static boolean stripped(int c, String chars) {
        return chars.isEmpty() ? isSpace(c) : chars.indexOf(c) >= 0;
    }

    /** Splits at runs of white space, at most {@code most} times if that is not negative. */
    static List<Object> splitAtSpace(String s, long most) {
        var parts = new ArrayList<Object>();
        int i = 0;
        while (true) {
            while (i < s.length() && isSpace(s.charAt(i))) {
                i++;
            }
            if (i == s.length()) {
                return parts;
            }
            if (parts.size() == most) {
                parts.add(s.substring(i));
                return parts;
            }
            int start = i;
            while (i < s.length() && !isSpace(s.charAt(i))) {
                i++;
            }
            parts.add(s.substring(start, i));
        }
    }

    /** Splits at a separator, at most {@code most} times if that is not negative. */
    static List<Object> split(String s, String separator, long most) {
        if (separator.isEmpty()) {
            throw new TemplateError("split() with an empty separator");
        }
        var parts = new ArrayList<Object>();
        int start = 0;
        int found;
        while (parts.size() != most && (found = s.indexOf(separator, start)) >= 0) {
            parts.add(s.substring(start, found));
            start = found + separator.length();
        }
        parts.add(s.substring(start));
        return parts;
    }

    static int count(String s, String part) {
        int count = 0;
        for (int i = s.indexOf(part); i >= 0; i = s.indexOf(part, i + part.length())) {
            count++;
        }
        return count;
    }

    static String lower(String s) {
        return s.toLowerCase(Locale.ROOT);
    }

    static String upper(String s) {
        return s.toUpperCase(Locale.ROOT);
    }

    static String capitalize(String s) {
        if (s.isEmpty()) {
            return s;
        }
        int first = Character.charCount(s.codePointAt(0));
        return titleCase(s.substring(0, first)) + lower(s.substring(first));
    }

    /** {@code str.title}: every letter that follows no letter is upper case, every other one lower case. */
    static String title(String s) {
        var result = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            String one = Character.toString(c);
            result.append(inWord ? lower(one) : titleCase(one));
            inWord = Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
            i += Character.charCount(c);
        }
        return result.toString();
    }

    private static String titleCase(String one) {
        int c = one.codePointAt(0);
        int title = Character.toTitleCase(c);
        if (title != c) {
            return Character.toString(title);
        }
        String upper = upper(one);
        return upper.length() > one.length() ? upper.charAt(0) + lower(upper.substring(1)) : one;
    }

    /** The string that a literal stands for: Python's escapes; an unknown one stands for itself. */
    static String unescape(String s, int at) {
        if (s.indexOf('\\') < 0) {
            return s;
        }
        var result = new StringBuilder();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c != '\\' || i + 1 == s.length()) {
                result.append(c);
                continue;
            }
            char escape = s.charAt(++i);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> result.append(escape);
                case 'a' -> result.append((char) 7);
                case 'b' -> result.append('\b');
                case 'f' -> result.append('\f');
                case 'n' -> result.append('\n');
                case 'r' -> result.append('\r');
                case 't' -> result.append('\t');
                case 'v' -> result.append((char) 11);
                case 'x', 'u', 'U' -> {
                    int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : 8;
                    result.appendCodePoint(hex(s, i + 1, digits, at));
                    i += digits;
                }
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int value = escape - '0';
                    for (int n = 1;
                            n < 3 && i + 1 < s.length() && s.charAt(i + 1) >= '0' && s.charAt(i + 1) <= '7';
                            n++) {
                        value = value * 8 + s.charAt(++i) - '0';
                    }
                    result.append((char) value);
                }
                default -> result.append('\\').append(escape);
            }
        }
        return result.toString();
    }

    private static int hex(String s, int from, int digits, int at) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < s.length() ? Character.digit(s.charAt(i), 16) : -1;
            if (digit < 0 || value > Character.MAX_CODE_POINT >> 4) {
                throw new TemplateError("this string has an escape that is no character", at);
            }
            value = (value << 4) | digit;
        }
        return value;
    }
}
