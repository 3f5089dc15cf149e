package bitnet.template;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Values as JSON, in the spelling of Python's {@code json.dumps} with {@code ensure_ascii=False}: what {@code tojson} gives. */
final class Json {
    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private final boolean ascii;
    private final boolean sorted;
    /** White space for each level, or null for one line. */
    private final @Nullable String indent;

    private final String comma;
    private final String colon;

    private Json(Budget budget, @Nullable String indent, boolean ascii, boolean sorted, String comma, String colon) {
        this.budget = budget;
        this.indent = indent;
        this.ascii = ascii;
        this.sorted = sorted;
        this.comma = comma;
        this.colon = colon;
    }

    static String write(Object value, CallArguments options, Budget budget) {
        Object indent = options.get("indent", None.NONE);
        String white = switch (indent) {
            case None _ -> null;
            case String s -> s;
            default -> {
                long width = Math.max(0, Values.whole(indent));
                budget.spend(width);
                yield " ".repeat((int) width);
            }
        };
        Object separators = options.get("separators", None.NONE);
        String comma = white == null ? ", " : ",";
        String colon = ": ";
        if (separators instanceof List<?> pair && pair.size() == 2) {
            comma = Values.string(pair.getFirst());
            colon = Values.string(pair.getLast());
        }
        boolean ascii = Values.truth(options.get("ensure_ascii", false));
        var json = new Json(budget, white, ascii, Values.truth(options.get("sort_keys", false)), comma, colon);
        json.value(value, 0);
        return json.out.toString();
    }

    private void value(Object value, int level) {
        budget.enter();
        int start = out.length();
        switch (value) {
            case String s -> string(s);
            case Boolean b -> out.append(b.booleanValue());
            case Long n -> out.append(n.longValue());
            case Double d -> out.append(number(d));
            case None _ -> out.append("null");
            case List<?> list -> list(list, level);
            case Map<?, ?> map -> map(map, level);
            default -> throw new TemplateError(Values.type(value) + " cannot be written as JSON");
        }
        budget.spend(out.length() - start);
        budget.leave();
    }

    private static String number(double d) {
        return Double.isNaN(d) ? "NaN" : Double.isInfinite(d) ? (d > 0 ? "Infinity" : "-Infinity") : Values.print(d);
    }

    private void list(List<?> list, int level) {
        if (list.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        boolean first = true;
        for (Object element : list) {
            next(first, level + 1);
            value(element, level + 1);
            first = false;
        }
        line(level);
        out.append(']');
    }

    private void map(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        Map<?, ?> entries = map;
        if (sorted) {
            var byKey = new TreeMap<Object, Object>((a, b) -> Values.compare(a, b, budget));
            byKey.putAll(map);
            entries = byKey;
        }
        out.append('{');
        boolean first = true;
        for (var entry : entries.entrySet()) {
            next(first, level + 1);
            string(
                    switch (entry.getKey()) {
                        case None _ -> "null";
                        case Double d -> number(d);
                        case Object key -> Values.print(key, budget);
                    });
            out.append(colon);
            value(entry.getValue(), level + 1);
            first = false;
        }
        line(level);
        out.append('}');
    }

    private void next(boolean first, int level) {
        if (!first) {
            out.append(comma);
        }
        line(level);
    }

    private void line(int level) {
        if (indent != null) {
            budget.spend((long) indent.length() * level);
            out.append('\n').repeat(indent, level);
        }
    }

    private void string(String s) {
        out.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < 0x20 || (ascii && c >= 0x7F)) {
                        String hex = Integer.toHexString(c);
                        out.append("\\u").repeat('0', 4 - hex.length()).append(hex);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
