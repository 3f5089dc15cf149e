package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Values as JSON, in the spelling of Python's {@code json.dumps} with {@code ensure_ascii=False}: what {@code tojson}
 * gives. Of all but the strings in them, the template wrote nothing. */
final class JsonWriter {
    private static final PromptText SPACE = PromptText.user(" ");

    private final PromptText.Builder out = new PromptText.Builder();
    private final Budget budget;
    private final boolean ascii;
    private final boolean sorted;
    /** White space for each level, or null for one line. */
    private final @Nullable PromptText indent;

    private final PromptText comma;
    private final PromptText colon;

    private JsonWriter(CallArguments options, Budget budget) {
        this.budget = budget;
        this.indent = switch (options.get("indent", None.NONE)) {
            case None _ -> null;
            case PromptText s -> s;
            case Object width -> Text.repeated(SPACE, Math.clamp(Values.whole(width), 0, Integer.MAX_VALUE), budget);
        };
        if (options.get("separators", None.NONE) instanceof List<?> pair && pair.size() == 2) {
            this.comma = Values.string(pair.getFirst());
            this.colon = Values.string(pair.getLast());
        } else {
            this.comma = PromptText.user(indent == null ? ", " : ",");
            this.colon = PromptText.user(": ");
        }
        this.ascii = Values.truth(options.get("ensure_ascii", false));
        this.sorted = Values.truth(options.get("sort_keys", false));
    }

    static PromptText write(Object value, CallArguments options, Budget budget) {
        var json = new JsonWriter(options, budget);
        json.value(value, 0);
        return json.out.build();
    }

    private void value(Object value, int level) {
        budget.enter();
        budget.step();
        switch (value) {
            case PromptText s -> string(s);
            case Boolean b -> add(b.toString());
            case Long n -> add(n.toString());
            case Double d -> add(number(d));
            case None _ -> add("null");
            case List<?> list -> list(list, level);
            case Map<?, ?> map -> map(map, level);
            default -> throw new TemplateError(Values.type(value) + " cannot be written as JSON");
        }
        budget.leave();
    }

    private static String number(double d) {
        return Double.isNaN(d) ? "NaN" : Double.isInfinite(d) ? (d > 0 ? "Infinity" : "-Infinity") : Values.print(d);
    }

    private void list(List<?> list, int level) {
        if (list.isEmpty()) {
            add("[]");
            return;
        }
        add("[");
        boolean first = true;
        for (Object element : list) {
            next(first, level + 1);
            value(element, level + 1);
            first = false;
        }
        line(level);
        add("]");
    }

    private void map(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            add("{}");
            return;
        }
        Map<?, ?> entries = map;
        if (sorted) {
            budget.entries(map.size());
            var byKey = new TreeMap<Object, Object>((a, b) -> Comparisons.order(a, b, budget));
            byKey.putAll(map);
            entries = byKey;
        }
        add("{");
        boolean first = true;
        for (var entry : entries.entrySet()) {
            next(first, level + 1);
            string(
                    switch (entry.getKey()) {
                        case PromptText key -> key;
                        case None _ -> PromptText.user("null");
                        case Double d -> PromptText.user(number(d));
                        case Object key -> PromptText.user(key.toString());
                    });
            Literals.print(colon, out, budget);
            value(entry.getValue(), level + 1);
            first = false;
        }
        line(level);
        add("}");
    }

    private void next(boolean first, int level) {
        if (!first) {
            Literals.print(comma, out, budget);
        }
        line(level);
    }

    private void line(int level) {
        if (indent != null) {
            add("\n");
            for (int i = 0; i < level; i++) {
                Literals.print(indent, out, budget);
            }
        }
    }

    private void add(String text) {
        budget.append(text.length());
        out.append(text, false);
    }

    private void string(PromptText s) {
        String text = s.text();
        budget.append(4L * text.length());
        out.append('"', false);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"", false);
                case '\\' -> out.append("\\\\", false);
                case '\n' -> out.append("\\n", false);
                case '\r' -> out.append("\\r", false);
                case '\t' -> out.append("\\t", false);
                case '\f' -> out.append("\\f", false);
                case '\b' -> out.append("\\b", false);
                default -> {
                    if (c < 0x20 || (ascii && c >= 0x7F)) {
                        String hex = Integer.toHexString(c);
                        out.append("\\u" + "0".repeat(4 - hex.length()) + hex, false);
                    } else {
                        out.append(s, i, i + 1);
                    }
                }
            }
        }
        out.append('"', false);
    }
}
