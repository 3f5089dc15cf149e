package bitnet.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Filters that go over lists. */
final class Sequences {
    private Sequences() {}

    /** The filters that take another filter or a test. */
    static List<Object> higher(String name, Object value, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "map" -> map(value, arguments, budget);
            case "select", "reject" -> select(value, arguments, 0, name.equals("select"), budget);
            default -> select(value, arguments, 1, name.equals("selectattr"), budget);
        };
    }

    static List<Object> sort(Object value, CallArguments arguments, Budget budget) {
        Object attribute = arguments.get("attribute", None.NONE);
        boolean exact = Values.truth(arguments.get("case_sensitive", false));
        Comparator<Object> order =
                (a, b) -> Values.compare(sortKey(a, attribute, exact), sortKey(b, attribute, exact), budget);
        List<Object> sorted = Filters.copy(value, budget);
        // Equal ones keep their order either way, as in Python.
        sorted.sort(Values.truth(arguments.get("reverse", false)) ? Collections.reverseOrder(order) : order);
        return sorted;
    }

    /** The items of a mapping by key. */
    static List<Object> sortItems(Object value, CallArguments arguments, Budget budget) {
        if (!(Values.defined(value) instanceof Map<?, ?> map)) {
            throw new TemplateError(Values.type(value) + " has no items");
        }
        boolean exact = Values.truth(arguments.get("case_sensitive", false));
        List<Object> items = Filters.items(map, budget);
        items.sort((a, b) -> Values.compare(sortKey(a, 0L, exact), sortKey(b, 0L, exact), budget));
        return items;
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
        List<Object> mapped = new ArrayList<>();
        boolean byAttribute = arguments.positional().isEmpty();
        CallArguments attributes = byAttribute ? arguments.bind(List.of("attribute", "default")) : arguments;
        for (Object element : Values.iterate(value, budget)) {
            budget.spend(4);
            if (byAttribute) {
                mapped.add(attribute(element, attributes.get("attribute"), attributes.get("default", None.NONE)));
            } else {
                CallArguments inner = inner(arguments, 0);
                mapped.add(Filters.apply(inner.name(), element, inner, budget));
            }
        }
        return mapped;
    }

    /** The elements for which a test, named by the argument at {@code position}, has the wanted result. */
    private static List<Object> select(
            Object value, CallArguments arguments, int position, boolean wanted, Budget budget) {
        if (arguments.positional().size() < position) {
            throw new TemplateError(arguments.name() + " needs the name of an attribute");
        }
        List<Object> selected = new ArrayList<>();
        for (Object element : Values.iterate(value, budget)) {
            budget.spend(4);
            Object tested =
                    position == 1 ? attribute(element, arguments.positional().getFirst()) : element;
            boolean holds = Values.truth(tested);
            if (arguments.positional().size() > position) {
                CallArguments inner = inner(arguments, position);
                holds = Tests.holds(inner.name(), tested, inner, budget);
            }
            if (holds == wanted) {
                selected.add(element);
            }
        }
        return selected;
    }

    /** What the filter or test is called with that the argument at {@code position} names: those after it. */
    private static CallArguments inner(CallArguments arguments, int position) {
        List<Object> all = arguments.positional();
        return new CallArguments(
                Values.string(all.get(position)), all.subList(position + 1, all.size()), arguments.named());
    }
}
