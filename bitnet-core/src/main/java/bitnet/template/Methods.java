package bitnet.template;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
            case String s -> ofString(s, name, bind(OF_STRINGS, of, name, arguments), budget);
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

    private static Object ofString(String s, String name, CallArguments arguments, Budget budget) {
        budget.spend(s.length());
        return switch (name) {
            case "strip", "lstrip", "rstrip" -> {
                Object chars = arguments.get("chars", None.NONE);
                yield Text.strip(
                        s,
                        chars == None.NONE ? "" : Values.string(chars),
                        !name.equals("rstrip"),
                        !name.equals("lstrip"));
            }
            case "split", "rsplit" -> split(s, name, arguments, budget);
            case "splitlines" -> lines(s, budget);
            case "startswith", "endswith" -> {
                Object affix = arguments.get(name.equals("startswith") ? "prefix" : "suffix");
                List<?> affixes = affix instanceof List<?> several ? several : List.of(affix);
                boolean any = false;
                for (Object one : affixes) {
                    any |= name.equals("startswith")
                            ? s.startsWith(Values.string(one))
                            : s.endsWith(Values.string(one));
                }
                yield any;
            }
            case "removeprefix" -> {
                String prefix = Values.string(arguments.get("prefix"));
                yield s.startsWith(prefix) ? s.substring(prefix.length()) : s;
            }
            case "removesuffix" -> {
                String suffix = Values.string(arguments.get("suffix"));
                yield s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
            }
            case "find", "rfind" -> {
                String part = searched(s, arguments, budget);
                int i = name.equals("find") ? s.indexOf(part) : s.lastIndexOf(part);
                yield i < 0 ? -1L : (long) s.codePointCount(0, i);
            }
            case "count" -> {
                String part = searched(s, arguments, budget);
                yield (long) (part.isEmpty() ? Text.length(s) + 1 : Text.count(s, part));
            }
            case "replace" ->
                replace(
                        s,
                        Values.string(arguments.get("old")),
                        Values.string(arguments.get("new")),
                        Values.whole(arguments.get("count", -1L)),
                        budget);
            case "join" -> {
                var text = new StringBuilder();
                String separator = "";
                for (Object element : Values.iterate(arguments.get("iterable"), budget)) {
                    String part = Values.string(element);
                    budget.spend((long) separator.length() + part.length());
                    text.append(separator).append(part);
                    separator = s;
                }
                yield text.toString();
            }
            case "upper" -> Text.upper(s);
            case "lower" -> Text.lower(s);
            case "title" -> Text.title(s);
            case "capitalize" -> Text.capitalize(s);
            case "isdigit" -> !s.isEmpty() && s.codePoints().allMatch(Character::isDigit);
            case "isalpha" -> !s.isEmpty() && s.codePoints().allMatch(Character::isLetter);
            case "isspace" -> !s.isEmpty() && s.codePoints().allMatch(Text::isSpace);
            default -> throw none(s, name);
        };
    }

    private static String searched(String s, CallArguments arguments, Budget budget) {
        String part = Values.string(arguments.get("sub"));
        budget.search(s, part);
        return part;
    }

    private static List<Object> split(String s, String name, CallArguments arguments, Budget budget) {
        Object separator = arguments.get("sep", None.NONE);
        long most = Values.whole(arguments.get("maxsplit", -1L));
        if (name.equals("rsplit") && most >= 0) {
            throw new TemplateError("rsplit() with a limit is not supported in chat templates");
        }
        List<Object> parts;
        if (separator == None.NONE) {
            parts = Text.splitAtSpace(s, most);
        } else {
            budget.search(s, Values.string(separator));
            parts = Text.split(s, Values.string(separator), most);
        }
        budget.spend(8L * parts.size());
        return parts;
    }

    /** {@code str.splitlines} */
    static List<Object> lines(String s, Budget budget) {
        var lines = new ArrayList<Object>();
        int start = 0;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            boolean ends =
                    (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
            if (ends) {
                lines.add(s.substring(start, i));
                if (c == '\r' && i + 1 < s.length() && s.charAt(i + 1) == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        if (start < s.length()) {
            lines.add(s.substring(start));
        }
        budget.spend(8L * lines.size() + s.length());
        return lines;
    }

    /** {@code str.replace}, of at most {@code most} places if that is not negative. */
    static String replace(String s, String old, String replacement, long most, Budget budget) {
        budget.search(s, old);
        long left = most < 0 ? Long.MAX_VALUE : most;
        var result = new StringBuilder();
        int copied = 0;
        int found = s.indexOf(old);
        while (found >= 0 && left-- > 0) {
            budget.spend((long) replacement.length() + found - copied);
            result.append(s, copied, found).append(replacement);
            copied = found + old.length();
            // Nothing is found between all characters, and at both ends.
            int next = old.isEmpty()
                    ? found + (found < s.length() ? Character.charCount(s.codePointAt(found)) : 1)
                    : copied;
            found = next > s.length() ? -1 : s.indexOf(old, next);
        }
        budget.spend(s.length() - copied);
        return result.append(s, copied, s.length()).toString();
    }

    private static Object ofMap(Map<?, ?> map, String name, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "get" -> {
                Object value = map.get(Values.key(arguments.get("key")));
                yield value != null ? value : arguments.get("default", None.NONE);
            }
            case "items" -> Filters.items(map, budget);
            case "keys" -> {
                budget.spend(4L * map.size());
                yield new ArrayList<Object>(map.keySet());
            }
            case "values" -> {
                budget.spend(4L * map.size());
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
                    count += Values.equal(element, arguments.get("value"), budget) ? 1 : 0;
                }
                yield count;
            }
            case "index" -> {
                for (int i = 0; i < list.size(); i++) {
                    if (Values.equal(list.get(i), arguments.get("value"), budget)) {
                        yield (long) i;
                    }
                }
                throw new TemplateError("index() of what is not in the list");
            }
            default -> throw none(list, name);
        };
    }
}
