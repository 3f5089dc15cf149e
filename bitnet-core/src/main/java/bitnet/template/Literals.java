package bitnet.template;

import java.util.List;
import java.util.Map;

/** Values in Python's notation: {@code repr}, which is what printing a list or a mapping shows. */
final class Literals {
    private Literals() {}

    static void write(Object value, StringBuilder out, Budget budget) {
        int start = out.length();
        budget.enter();
        switch (value) {
            case String s -> quote(s, out);
            case Boolean b -> out.append(b ? "True" : "False");
            case Long n -> out.append(n.longValue());
            case Double d -> out.append(Values.print(d));
            case List<?> list -> {
                String separator = "[";
                for (Object element : list) {
                    out.append(separator);
                    write(element, out, budget);
                    separator = ", ";
                }
                out.append(list.isEmpty() ? "[]" : "]");
            }
            case Map<?, ?> map -> {
                String separator = "{";
                for (var entry : map.entrySet()) {
                    out.append(separator);
                    write(entry.getKey(), out, budget);
                    out.append(": ");
                    write(entry.getValue(), out, budget);
                    separator = ", ";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case None _ -> out.append("None");
            case Undefined _ -> out.append("Undefined");
            default -> throw new TemplateError(Values.type(value) + " cannot be printed");
        }
        budget.leave();
        budget.spend(out.length() - start);
    }

    private static void quote(String s, StringBuilder out) {
        char quote = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        String escape = c < 0x100 ? "x" : c < 0x10000 ? "u" : "U";
                        int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
                        String hex = Integer.toHexString(c);
                        out.append('\\')
                                .append(escape)
                                .repeat('0', digits - hex.length())
                                .append(hex);
                    }
                }
            }
        }
        out.append(quote);
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }
}
