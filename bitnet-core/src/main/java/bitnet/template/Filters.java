package bitnet.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What can follow {@code |}. */
final class Filters {
    private static final Set<String> NAMES = Set.of(
            "trim",
            "upper",
            "lower",
            "capitalize",
            "title",
            "length",
            "count",
            "join",
            "tojson",
            "default",
            "d",
            "replace",
            "first",
            "last",
            "list",
            "items",
            "string",
            "safe",
            "int",
            "float",
            "abs",
            "map",
            "select",
            "reject",
            "selectattr",
            "rejectattr",
            "sort",
            "dictsort",
            "reverse",
            "indent");

    private Filters() {}

    static void check(Token name) {
        if (!NAMES.contains(name.text())) {
            throw new TemplateError("there is no filter '" + name.text() + "'", name.at());
        }
    }

    static Object apply(String name, Object value, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "trim" -> {
                Object chars = arguments.get(1, "chars", None.NONE);
                String s = text(value, budget);
                yield Text.strip(s, chars == None.NONE ? "" : Values.string(chars), true, true);
            }
            case "upper" -> Text.upper(text(value, budget));
            case "lower" -> Text.lower(text(value, budget));
            case "capitalize" -> Text.capitalize(text(value, budget));
            case "title" -> titleWords(text(value, budget));
            case "string", "safe" -> text(value, budget);
            case "length", "count" -> length(value, budget);
            case "join" -> join(value, arguments, budget);
            case "tojson" -> Json.write(value, arguments, budget);
            case "default", "d" -> {
                boolean alsoFalse = Values.truth(arguments.get(2, "boolean", false));
                boolean missing = value instanceof Undefined || (alsoFalse && !Values.truth(value));
                yield missing ? arguments.get(1, "default_value", "") : value;
            }
            case "replace" -> {
                Object count = arguments.get(3, "count", None.NONE);
                yield Methods.replace(
                        text(value, budget),
                        text(arguments.get(1, "old"), budget),
                        text(arguments.get(2, "new"), budget),
                        count == None.NONE ? -1 : Values.whole(count),
                        budget);
            }
            case "first", "last" -> {
                List<?> elements = Values.iterate(value, budget);
                yield elements.isEmpty()
                        ? new Undefined(name + " of nothing")
                        : name.equals("first") ? elements.getFirst() : elements.getLast();
            }
            case "list" -> copy(value, budget);
            case "reverse" -> {
                List<Object> elements = copy(value, budget);
                Collections.reverse(elements);
                yield value instanceof String ? join(elements) : elements;
            }
            case "items" -> {
                if (value instanceof Undefined) {
                    yield List.of();
                }
                if (!(value instanceof Map<?, ?> map)) {
                    throw new TemplateError(Values.type(value) + " has no items");
                }
                yield items(map, budget);
            }
            case "int" -> Numbers.whole(value, arguments.get(1, "default", 0L));
            case "float" -> Numbers.real(value, arguments.get(1, "default", 0.0));
            case "abs" ->
                value instanceof Double d
                        ? (Object) Math.abs(d)
                        : (Object) Math.absExact(Math.max(Values.whole(value), -Long.MAX_VALUE));
            case "indent" -> indent(text(value, budget), arguments, budget);
            default -> Sequences.apply(name, value, arguments, budget);
        };
    }

    private static String text(Object value, Budget budget) {
        return budget.made(Values.print(value, budget));
    }

    /** A list of its own with what a value holds. */
    static List<Object> copy(Object value, Budget budget) {
        List<?> elements = Values.iterate(value, budget);
        budget.spend(4L * elements.size());
        return new ArrayList<>(elements);
    }

    /** Keys and values as pairs. */
    static List<Object> items(Map<?, ?> map, Budget budget) {
        budget.spend(8L * map.size());
        var items = new ArrayList<Object>();
        map.forEach((key, element) -> items.add(List.of(key, element)));
        return items;
    }

    private static long length(Object value, Budget budget) {
        return switch (value) {
            case String s -> {
                budget.spend(s.length() / 64);
                yield Text.length(s);
            }
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Undefined _ -> 0;
            default -> throw new TemplateError(Values.type(value) + " has no length");
        };
    }

    private static String join(Object value, CallArguments arguments, Budget budget) {
        String separator = text(arguments.get(1, "d", ""), budget);
        Object attribute = arguments.get(2, "attribute", None.NONE);
        var text = new StringBuilder();
        boolean first = true;
        for (Object element : Values.iterate(value, budget)) {
            if (!first) {
                text.append(budget.made(separator));
            }
            Object shown = attribute == None.NONE ? element : Sequences.attribute(element, attribute);
            text.append(text(shown, budget));
            first = false;
        }
        return text.toString();
    }

    private static String join(List<Object> characters) {
        var text = new StringBuilder();
        characters.forEach(text::append);
        return text.toString();
    }

    /** Jinja's own: words begin after white space, hyphens and opening brackets, and not after apostrophes. */
    private static String titleWords(String s) {
        var result = new StringBuilder();
        boolean begins = true;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            i += Character.charCount(c);
            String one = Character.toString(c);
            result.append(begins ? Text.upper(one) : Text.lower(one));
            begins = Text.isSpace(c) || "-({[<".indexOf(c) >= 0;
        }
        return result.toString();
    }

    private static String indent(String s, CallArguments arguments, Budget budget) {
        Object width = arguments.get(1, "width", 4L);
        boolean first = Values.truth(arguments.get(2, "first", false));
        boolean blank = Values.truth(arguments.get(3, "blank", false));
        String white;
        if (width instanceof String given) {
            white = given;
        } else {
            budget.spend(Math.max(0, Values.whole(width)));
            white = " ".repeat((int) Math.max(0, Values.whole(width)));
        }
        var result = new StringBuilder(first ? white : "");
        List<Object> lines = Methods.lines(s + "\n", budget);
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            if (i > 0) {
                result.append('\n').append(blank || !line.isEmpty() ? budget.made(white) : "");
            }
            result.append(line);
        }
        return result.toString();
    }
}
