package bitnet.template;

import static java.util.Map.entry;

import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/** Methods of strings, mappings and lists; those that would change one are refused, as in the sandbox of transformers. */
final class Methods {
    private static final Map<String, List<String>> OF_STRINGS = Map.ofEntries(
            entry("strip", List.of("chars")),
            entry("lstrip", List.of("chars")),
            entry("rstrip", List.of("chars")),
            entry("split", List.of("sep", "maxsplit")),
            entry("rsplit", List.of("sep", "maxsplit")),
            entry("splitlines", List.of()),
            entry("startswith", List.of("prefix")),
            entry("endswith", List.of("suffix")),
            entry("removeprefix", List.of("prefix")),
            entry("removesuffix", List.of("suffix")),
            entry("find", List.of("sub")),
            entry("rfind", List.of("sub")),
            entry("count", List.of("sub")),
            entry("replace", List.of("old", "new", "count")),
            entry("join", List.of("iterable")),
            entry("upper", List.of()),
            entry("lower", List.of()),
            entry("title", List.of()),
            entry("capitalize", List.of()),
            entry("isdigit", List.of()),
            entry("isalpha", List.of()),
            entry("isspace", List.of()));

    private static final Map<String, List<String>> OF_MAPS =
            Map.of("get", List.of("key", "default"), "items", List.of(), "keys", List.of(), "values", List.of());

    private static final Map<String, List<String>> OF_LISTS =
            Map.of("count", List.of("value"), "index", List.of("value"));

    private Methods() {}

    static Object call(Object of, String name, CallArguments arguments, Budget budget) {
        return switch (Values.defined(of)) {
            case PromptText s -> ofString(s, name, bind(OF_STRINGS, of, name, arguments), budget);
            case Map<?, ?> map -> ofMap(map, name, bind(OF_MAPS, of, name, arguments), budget);
            case List<?> list -> ofList(list, name, bind(OF_LISTS, of, name, arguments), budget);
            default -> throw none(of, name);
        };
    }

    private static CallArguments bind(
            Map<String, List<String>> methods, Object of, String name, CallArguments arguments) {
        List<String> parameters = methods.get(name);
        if (parameters == null) {
            throw none(of, name);
        }
        return arguments.bind(parameters);
    }

    private static TemplateError none(Object of, String name) {
        return new TemplateError(Values.type(of) + " has no method '" + name + "'");
    }

    private static Object ofString(PromptText s, String name, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "strip", "lstrip", "rstrip" ->
                strip(s, arguments, !name.equals("rstrip"), !name.equals("lstrip"), budget);
            case "split", "rsplit" -> split(s, name, arguments, budget);
            case "splitlines" -> Text.lines(s, budget);
            case "startswith" -> affixed(s, arguments.get("prefix"), true, budget);
            case "endswith" -> affixed(s, arguments.get("suffix"), false, budget);
            case "removeprefix" -> {
                PromptText prefix = Values.string(arguments.get("prefix"));
                yield affixed(s, prefix, true, budget) ? Text.part(s, prefix.length(), s.length(), budget) : s;
            }
            case "removesuffix" -> {
                PromptText suffix = Values.string(arguments.get("suffix"));
                yield affixed(s, suffix, false, budget) ? Text.part(s, 0, s.length() - suffix.length(), budget) : s;
            }
            case "find", "rfind" -> {
                var search =
                        new Search(s.text(), Values.string(arguments.get("sub")).text(), budget);
                int i = name.equals("find") ? search.next(0) : search.last();
                budget.work(Math.max(0, i));
                yield i < 0 ? -1L : (long) s.text().codePointCount(0, i);
            }
            case "count" -> Text.count(s, Values.string(arguments.get("sub")), budget);
            case "replace" ->
                Text.replace(
                        s,
                        Values.string(arguments.get("old")),
                        Values.string(arguments.get("new")),
                        Values.whole(arguments.get("count", -1L)),
                        budget);
            case "join" -> join(s, Values.iterate(arguments.get("iterable"), budget), budget);
            case "upper" -> Casing.upper(s, budget);
            case "lower" -> Casing.lower(s, budget);
            case "title" -> Casing.title(s, budget);
            case "capitalize" -> Casing.capitalize(s, budget);
            case "isdigit" -> all(s, Character::isDigit, budget);
            case "isalpha" -> all(s, Character::isLetter, budget);
            case "isspace" -> all(s, Text::isSpace, budget);
            default -> throw none(s, name);
        };
    }

    static PromptText strip(PromptText s, CallArguments arguments, boolean left, boolean right, Budget budget) {
        Object chars = arguments.get("chars", None.NONE);
        return Text.strip(s, chars == None.NONE ? "" : Values.string(chars).text(), left, right, budget);
    }

    /** Whether a string begins, or ends, with another one or with one of several. */
    private static boolean affixed(PromptText s, Object affix, boolean begins, Budget budget) {
        List<?> affixes = affix instanceof List<?> several ? several : List.of(affix);
        for (Object one : affixes) {
            String text = Values.string(one).text();
            budget.work(16 + (text.length() <= s.length() ? text.length() / 8 : 0));
            if (begins ? s.text().startsWith(text) : s.text().endsWith(text)) {
                return true;
            }
        }
        return false;
    }

    private static PromptText join(PromptText separator, List<?> elements, Budget budget) {
        var text = new PromptText.Builder();
        boolean first = true;
        for (Object element : elements) {
            Literals.print(first ? PromptText.EMPTY : separator, text, budget);
            Literals.print(Values.string(element), text, budget);
            first = false;
        }
        return text.build();
    }

    private static boolean all(PromptText s, IntPredicate kind, Budget budget) {
        budget.work(2L * s.length());
        return !s.isEmpty() && s.text().codePoints().allMatch(kind);
    }

    private static List<Object> split(PromptText s, String name, CallArguments arguments, Budget budget) {
        Object separator = arguments.get("sep", None.NONE);
        long most = Values.whole(arguments.get("maxsplit", -1L));
        if (name.equals("rsplit") && most >= 0) {
            throw new TemplateError("rsplit() with a limit is not supported in chat templates");
        }
        return separator == None.NONE
                ? Text.splitAtSpace(s, most, budget)
                : Text.split(s, Values.string(separator), most, budget);
    }

    private static Object ofMap(Map<?, ?> map, String name, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "get" -> {
                Object value = map.get(Values.key(arguments.get("key"), budget));
                yield value != null ? value : arguments.get("default", None.NONE);
            }
            case "items" -> Filters.items(map, budget);
            case "keys" -> {
                budget.elements(map.size());
                yield new ArrayList<Object>(map.keySet());
            }
            case "values" -> {
                budget.elements(map.size());
                yield new ArrayList<Object>(map.values());
            }
            default -> throw none(map, name);
        };
    }

    private static Object ofList(List<?> list, String name, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "count" -> {
                long count = 0;
                for (Object element : list) {
                    count += Comparisons.equal(element, arguments.get("value"), budget) ? 1 : 0;
                }
                yield count;
            }
            case "index" -> {
                for (int i = 0; i < list.size(); i++) {
                    if (Comparisons.equal(list.get(i), arguments.get("value"), budget)) {
                        yield (long) i;
                    }
                }
                throw new TemplateError("index() of what is not in the list");
            }
            default -> throw none(list, name);
        };
    }
}
