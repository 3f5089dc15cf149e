package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.List;
import java.util.Map;

/**
 * Values in text: as printed, and in Python's notation ({@code repr}), which is what printing a list or a mapping shows. Of
 * what is no string, the template wrote none of the characters, so they are somebody's text.
 */
final class Literals {
    private final PromptText.Builder out;
    private final Budget budget;

    private Literals(PromptText.Builder out, Budget budget) {
        this.out = out;
        this.budget = budget;
    }

    /** {@code str(value)}; nothing for what is not defined. */
    static void print(Object value, PromptText.Builder out, Budget budget) {
        switch (value) {
            case PromptText s -> {
                budget.append(s.length());
                out.append(s);
            }
            case Undefined _ -> {}
            default -> write(value, out, budget);
        }
    }

    /** {@code repr(value)} */
    static void write(Object value, PromptText.Builder out, Budget budget) {
        new Literals(out, budget).write(value);
    }

    private void write(Object value) {
        budget.enter();
        budget.step();
        switch (value) {
            case PromptText s -> quote(s);
            case Boolean b -> add(b ? "True" : "False");
            case Long n -> add(n.toString());
            case Double d -> add(Values.print(d));
            case List<?> list -> list(list, list instanceof Tuple);
            case Map<?, ?> map -> {
                String separator = "{";
                for (var entry : map.entrySet()) {
                    add(separator);
                    write(entry.getKey());
                    add(": ");
                    write(entry.getValue());
                    separator = ", ";
                }
                add(map.isEmpty() ? "{}" : "}");
            }
            case None _ -> add("None");
            case Undefined _ -> add("Undefined");
            default -> throw new TemplateError(Values.type(value) + " cannot be printed");
        }
        budget.leave();
    }

    private void list(List<?> list, boolean tuple) {
        add(tuple ? "(" : "[");
        boolean first = true;
        for (Object element : list) {
            add(first ? "" : ", ");
            write(element);
            first = false;
        }
        add(tuple ? (list.size() == 1 ? ",)" : ")") : "]");
    }

    private void add(String text) {
        budget.append(text.length());
        out.append(text, false);
    }

    private void quote(PromptText s) {
        String text = s.text();
        budget.append(4L * text.length());
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote, false);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            switch (c) {
                case '\n' -> out.append("\\n", false);
                case '\r' -> out.append("\\r", false);
                case '\t' -> out.append("\\t", false);
                case '\\' -> out.append("\\\\", false);
                default -> {
                    if (c == quote) {
                        out.append('\\', false).append(quote, false);
                    } else if (isPrintable(c)) {
                        out.append(s, i, next);
                    } else {
                        String escape = c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U";
                        int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
                        String hex = Integer.toHexString(c);
                        out.append(escape + "0".repeat(digits - hex.length()) + hex, false);
                    }
                }
            }
            i = next;
        }
        out.append(quote, false);
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
