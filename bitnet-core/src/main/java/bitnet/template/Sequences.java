package bitnet.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Filters that go over lists. */
final class Sequences {
    private Sequences() {}

    static Object apply(String name, Object value, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "map" -> map(value, arguments, budget);
            case "select", "reject" -> select(value, arguments, 1, name.equals("select"), budget);
            case "selectattr", "rejectattr" -> select(value, arguments, 2, name.equals("selectattr"), budget);
            case "sort" -> {
                List<Object> sorted = Filters.copy(value, budget);
                Object attribute = arguments.get(3, "attribute", None.NONE);
                boolean exact = Values.truth(arguments.get(2, "case_sensitive", false));
                sorted.sort(
                        (a, b) -> Values.compare(sortKey(a, attribute, exact), sortKey(b, attribute, exact), budget));
                if (Values.truth(arguments.get(1, "reverse", false))) {
                    // Equal ones keep their order, as in Python.
                    List<Object> again = Filters.copy(value, budget);
                    Comparator<Object> order = (a, b) ->
                            Values.compare(sortKey(a, attribute, exact), sortKey(b, attribute, exact), budget);
                    again.sort(Collections.reverseOrder(order));
                    yield again;
                }
                yield sorted;
            }
            case "dictsort" -> {
                if (!(Values.defined(value) instanceof Map<?, ?> map)) {
                    throw new TemplateError(Values.type(value) + " has no items");
                }
                boolean exact = Values.truth(arguments.get(1, "case_sensitive", false));
                List<Object> items = Filters.items(map, budget);
                items.sort((a, b) -> Values.compare(sortKey(a, 0L, exact), sortKey(b, 0L, exact), budget));
                yield items;
            }
            default -> throw new TemplateError("there is no filter '" + name + "'");
        };
    }

    private static Object sortKey(Object element, Object attribute, boolean exact) {
        Object key = attribute == None.NONE ? element : attribute(element, attribute);
        return !exact && key instanceof String s ? Text.lower(s) : key;
    }

    /** A member by name, by index or by a path of them ({@code function.name}). */
    static Object attribute(Object element, Object path) {
        return attribute(element, path, None.NONE);
    }

    /** As above, with what stands for a member that is not there, unless that is none. */
    private static Object attribute(Object element, Object path, Object otherwise) {
        Object value = element;
        String[] names = path instanceof Long i
                ? new String[] {i.toString()}
                : Values.string(path).split("\\.", -1);
        for (String name : names) {
            Object member = null;
            if (Values.defined(value) instanceof Map<?, ?> map) {
                member = map.get(name);
            } else if (value instanceof List<?> list && name.matches("[0-9]{1,9}")) {
                int i = Integer.parseInt(name);
                member = i < list.size() ? list.get(i) : null;
            }
            value = member != null ? member : otherwise != None.NONE ? otherwise : new Undefined(name);
        }
        return value;
    }

    private static List<Object> map(Object value, CallArguments arguments, Budget budget) {
        Object attribute = arguments.get(-1, "attribute", None.NONE);
        Object otherwise = arguments.get(-1, "default", None.NONE);
        List<Object> mapped = new ArrayList<>();
        for (Object element : Values.iterate(value, budget)) {
            budget.spend(4);
            if (attribute == None.NONE) {
                String filter = Values.string(arguments.get(1, "filter"));
                mapped.add(Filters.apply(filter, element, inner(filter, arguments, 1), budget));
            } else {
                mapped.add(attribute(element, attribute, otherwise));
            }
        }
        return mapped;
    }

    /** The elements for which a test, named by the argument at {@code position}, has the wanted result. */
    private static List<Object> select(
            Object value, CallArguments arguments, int position, boolean wanted, Budget budget) {
        List<Object> selected = new ArrayList<>();
        for (Object element : Values.iterate(value, budget)) {
            budget.spend(4);
            Object tested = position == 2 ? attribute(element, arguments.get(1, "attribute")) : element;
            boolean holds = Values.truth(tested);
            if (arguments.positional().size() >= position) {
                String test = Values.string(arguments.get(position, "test"));
                holds = Tests.holds(test, tested, inner(test, arguments, position), budget);
            }
            if (holds == wanted) {
                selected.add(element);
            }
        }
        return selected;
    }

    /** The arguments after the first {@code count}, for the filter or test that these name. */
    private static CallArguments inner(String name, CallArguments arguments, int count) {
        List<Object> all = arguments.positional();
        return new CallArguments(name, all.subList(Math.min(count, all.size()), all.size()), arguments.named(), 1);
    }
}
