package bitnet.template;

import static java.util.Map.entry;

import bitnet.tokenizer.PromptText;
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
            entry("unique", List.of("case_sensitive", "attribute")),
            entry("dictsort", List.of("case_sensitive")),
            entry("from_json", List.of()));

    /** Those that take the name of another filter or of a test, and its arguments. */
    private static final Set<String> HIGHER = Set.of("map", "select", "reject", "selectattr", "rejectattr");

    private static final PromptText SPACE = PromptText.template(" ");
    private static final PromptText LINE_END = PromptText.template("\n");

    private Filters() {}

    static void check(Token name) {
        if (!PARAMETERS.containsKey(name.text()) && !HIGHER.contains(name.text())) {
            throw new TemplateError("there is no filter '" + name.text() + "'", name.at());
        }
    }

    static Object apply(String name, Object value, CallArguments given, Budget budget) {
        budget.work(64);
        if (HIGHER.contains(name)) {
            return Sequences.higher(name, value, given, budget);
        }
        CallArguments arguments = given.bind(PARAMETERS.getOrDefault(name, List.of()));
        return switch (name) {
            case "trim" -> Methods.strip(text(value, budget), arguments, true, true, budget);
            case "upper" -> Casing.upper(text(value, budget), budget);
            case "lower" -> Casing.lower(text(value, budget), budget);
            case "capitalize" -> Casing.capitalize(text(value, budget), budget);
            case "title" -> Casing.titleWords(text(value, budget), budget);
            case "string", "safe" -> text(value, budget);
            case "length", "count" -> length(value, budget);
            case "join" -> Sequences.join(value, arguments, budget);
            case "tojson" -> JsonWriter.write(value, arguments, budget);
            case "from_json" -> JsonText.parse(Values.string(value), budget);
            case "default", "d" -> {
                boolean alsoFalse = Values.truth(arguments.get("boolean", false));
                boolean missing = value instanceof Undefined || (alsoFalse && !Values.truth(value));
                yield missing ? arguments.get("default_value", PromptText.EMPTY) : value;
            }
            case "replace" -> {
                Object count = arguments.get("count", None.NONE);
                yield Text.replace(
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
                yield value instanceof PromptText ? Sequences.joined(elements, budget) : elements;
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
            case "int" -> Numbers.whole(value, arguments.get("default", 0L), budget);
            case "float" -> Numbers.real(value, arguments.get("default", 0.0), budget);
            case "abs" ->
                value instanceof Double d
                        ? (Object) Math.abs(d)
                        : (Object) Math.absExact(Math.max(Values.whole(value), -Long.MAX_VALUE));
            case "indent" -> indent(text(value, budget), arguments, budget);
            case "sort" -> Sequences.sort(value, arguments, budget);
            case "unique" -> Sequences.unique(value, arguments, budget);
            case "dictsort" -> Sequences.sortItems(value, arguments, budget);
            default -> throw new TemplateError("there is no filter '" + name + "'");
        };
    }

    private static PromptText text(Object value, Budget budget) {
        return Values.print(value, budget);
    }

    /** A list of its own with what a value holds. */
    static List<Object> copy(Object value, Budget budget) {
        List<?> elements = Values.iterate(value, budget);
        budget.elements(elements.size());
        return new ArrayList<>(elements);
    }

    /** Keys and values as pairs. */
    static List<Object> items(Map<?, ?> map, Budget budget) {
        budget.entries(map.size());
        var items = new ArrayList<Object>();
        map.forEach((key, element) -> items.add(new Tuple(List.of(key, element))));
        return items;
    }

    private static long length(Object value, Budget budget) {
        return switch (value) {
            case PromptText s -> Text.characterCount(s, budget);
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Undefined _ -> 0;
            default -> throw new TemplateError(Values.type(value) + " has no length");
        };
    }

    private static PromptText indent(PromptText s, CallArguments arguments, Budget budget) {
        Object width = arguments.get("width", 4L);
        boolean first = Values.truth(arguments.get("first", false));
        boolean blank = Values.truth(arguments.get("blank", false));
        PromptText white = width instanceof PromptText given
                ? given
                : Text.repeated(SPACE, Math.clamp(Values.whole(width), 0, Integer.MAX_VALUE), budget);
        var result = new PromptText.Builder(s.length());
        Literals.print(first ? white : PromptText.EMPTY, result, budget);
        List<Object> lines = Text.lines(Text.sum(s, LINE_END, budget), budget);
        for (int i = 0; i < lines.size(); i++) {
            PromptText line = (PromptText) lines.get(i);
            if (i > 0) {
                Literals.print(LINE_END, result, budget);
                Literals.print(blank || !line.isEmpty() ? white : PromptText.EMPTY, result, budget);
            }
            Literals.print(line, result, budget);
        }
        return result.build();
    }
}
