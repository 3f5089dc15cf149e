package bitnet.template;

/** Escapes in the template's own string literals. */
final class Escapes {
    private Escapes() {}

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
                throw new TemplateError("this string has an escape that is not a character", at);
            }
            value = (value << 4) | digit;
        }
        return value;
    }
}
