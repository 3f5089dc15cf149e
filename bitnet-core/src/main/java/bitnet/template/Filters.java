package bitnet.template;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What can follow {@code |}. */
final class Filters {
    /** The filters and their parameters after the value, in order. */
    private static final Map<String, List<String>> PARAMETERS = Map.ofEntries(
            entry("trim", List.of("chars")),
            entry("upper", List.of()),
            entry("lower", List.of()),
            entry("capitalize", List.of()),
            entry("title", List.of()),
            entry("string", List.of()),
            entry("safe", List.of()),
            entry("length", List.of()),
            entry("count", List.of()),
            entry("join", List.of("d", "attribute")),
            entry("tojson", List.of("ensure_ascii", "indent", "separators", "sort_keys")),
            entry("default", List.of("default_value", "boolean")),
            entry("d", List.of("default_value", "boolean")),
            entry("replace", List.of("old", "new", "count")),
            entry("first", List.of()),
            entry("last", List.of()),
            entry("list", List.of()),
            entry("reverse", List.of()),
            entry("items", List.of()),
            entry("int", List.of("default")),
            entry("float", List.of("default")),
            entry("abs", List.of()),
            entry("indent", List.of("width", "first", "blank")),
            entry("sort", List.of("reverse", "case_sensitive", "attribute")),
            entry("dictsort", List.of("case_sensitive")));

    /** Those that take the name of another filter or of a test, and its arguments. */
    private static final Set<String> HIGHER = Set.of("map", "select", "reject", "selectattr", "rejectattr");

    private Filters() {}

    static void check(Token name) {
        if (!PARAMETERS.containsKey(name.text()) && !HIGHER.contains(name.text())) {
            throw new TemplateError("there is no filter '" + name.text() + "'", name.at());
        }
    }

    static Object apply(String name, Object value, CallArguments given, Budget budget) {
        if (HIGHER.contains(name)) {
            return Sequences.higher(name, value, given, budget);
        }
        CallArguments arguments = given.bind(PARAMETERS.getOrDefault(name, List.of()));
        return switch (name) {
            case "trim" -> {
                Object chars = arguments.get("chars", None.NONE);
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
                boolean alsoFalse = Values.truth(arguments.get("boolean", false));
                boolean missing = value instanceof Undefined || (alsoFalse && !Values.truth(value));
                yield missing ? arguments.get("default_value", "") : value;
            }
            case "replace" -> {
                Object count = arguments.get("count", None.NONE);
                yield Methods.replace(
                        text(value, budget),
                        text(arguments.get("old"), budget),
                        text(arguments.get("new"), budget),
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
            case "int" -> Numbers.whole(value, arguments.get("default", 0L));
            case "float" -> Numbers.real(value, arguments.get("default", 0.0));
            case "abs" ->
                value instanceof Double d
                        ? (Object) Math.abs(d)
                        : (Object) Math.absExact(Math.max(Values.whole(value), -Long.MAX_VALUE));
            case "indent" -> indent(text(value, budget), arguments, budget);
            case "sort" -> Sequences.sort(value, arguments, budget);
            case "dictsort" -> Sequences.sortItems(value, arguments, budget);
            default -> throw new TemplateError("there is no filter '" + name + "'");
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
        String separator = text(arguments.get("d", ""), budget);
        Object attribute = arguments.get("attribute", None.NONE);
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
        Object width = arguments.get("width", 4L);
        boolean first = Values.truth(arguments.get("first", false));
        boolean blank = Values.truth(arguments.get("blank", false));
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
