package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Filters that go over lists. */
final class Sequences {
    private Sequences() {}

    /** The filters that take another filter or a test; what is false has no elements for them, none included. */
    static List<Object> higher(String name, Object value, CallArguments arguments, Budget budget) {
        budget.enter();
        Object elements = Values.truth(value) ? value : List.of();
        List<Object> result = switch (name) {
            case "map" -> map(elements, arguments, budget);
            case "select", "reject" -> select(elements, arguments, 0, name.equals("select"), budget);
            default -> select(elements, arguments, 1, name.equals("selectattr"), budget);
        };
        budget.leave();
        return result;
    }

    /** An element, and what it is ordered by. */
    private record Keyed(Object key, Object element) {}

    static List<Object> sort(Object value, CallArguments arguments, Budget budget) {
        MemberPath attribute = MemberPath.of(arguments, "attribute", budget);
        boolean exact = Values.truth(arguments.get("case_sensitive", false));
        boolean reverse = Values.truth(arguments.get("reverse", false));
        return sorted(Values.iterate(value, budget), attribute, exact, reverse, budget);
    }

    /** The items of a mapping by key. */
    static List<Object> sortItems(Object value, CallArguments arguments, Budget budget) {
        if (!(Values.defined(value) instanceof Map<?, ?> map)) {
            throw new TemplateError(Values.type(value) + " has no items");
        }
        boolean exact = Values.truth(arguments.get("case_sensitive", false));
        return sorted(Filters.items(map, budget), MemberPath.FIRST, exact, false, budget);
    }

    private static List<Object> sorted(
            List<?> of, MemberPath attribute, boolean exact, boolean reverse, Budget budget) {
        budget.elements(2L * of.size());
        List<Keyed> keyed = new ArrayList<>(of.size());
        for (Object element : of) {
            keyed.add(new Keyed(key(attribute.in(element, budget), exact, budget), element));
        }
        Comparator<Keyed> order = (a, b) -> Comparisons.order(a.key, b.key, budget);
        // Equal ones keep their order either way, as in Python.
        keyed.sort(reverse ? Collections.reverseOrder(order) : order);
        List<Object> sorted = new ArrayList<>(of.size());
        keyed.forEach(each -> sorted.add(each.element));
        return sorted;
    }

    private static Object key(Object value, boolean exact, Budget budget) {
        return !exact && value instanceof PromptText s ? Casing.lower(s, budget) : value;
    }

    /** The first of those that are equal. */
    static List<Object> unique(Object value, CallArguments arguments, Budget budget) {
        MemberPath attribute = MemberPath.of(arguments, "attribute", budget);
        boolean exact = Values.truth(arguments.get("case_sensitive", false));
        Set<Object> seen = new HashSet<>();
        List<Object> unique = new ArrayList<>();
        for (Object element : Values.iterate(value, budget)) {
            Object key = Values.key(key(attribute.in(element, budget), exact, budget), budget);
            budget.entry();
            if (seen.add(key)) {
                unique.add(element);
            }
        }
        return unique;
    }

    static PromptText join(Object value, CallArguments arguments, Budget budget) {
        PromptText separator = Values.print(arguments.get("d", PromptText.EMPTY), budget);
        MemberPath attribute = MemberPath.of(arguments, "attribute", budget);
        var text = new PromptText.Builder();
        boolean first = true;
        for (Object element : Values.iterate(value, budget)) {
            Literals.print(first ? PromptText.EMPTY : separator, text, budget);
            Literals.print(attribute.in(element, budget), text, budget);
            first = false;
        }
        return text.build();
    }

    /** Characters as one text. */
    static PromptText joined(List<?> characters, Budget budget) {
        var text = new PromptText.Builder(characters.size());
        for (Object character : characters) {
            Literals.print(character, text, budget);
        }
        return text.build();
    }

    private static List<Object> map(Object value, CallArguments arguments, Budget budget) {
        List<Object> mapped = new ArrayList<>();
        boolean byAttribute = arguments.positional().isEmpty();
        CallArguments attributes = byAttribute ? arguments.bind(List.of("attribute", "default")) : arguments;
        if (byAttribute) {
            attributes.get("attribute");
        }
        MemberPath attribute = byAttribute ? MemberPath.of(attributes, "attribute", budget) : MemberPath.SELF;
        for (Object element : Values.iterate(value, budget)) {
            budget.element();
            if (byAttribute) {
                mapped.add(attribute.in(element, attributes.get("default", None.NONE), budget));
            } else {
                CallArguments inner = inner(arguments, 0, budget);
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
        MemberPath attribute =
                position == 1 ? MemberPath.of(arguments.positional().getFirst(), budget) : MemberPath.SELF;
        List<Object> selected = new ArrayList<>();
        for (Object element : Values.iterate(value, budget)) {
            budget.element();
            Object tested = attribute.in(element, budget);
            boolean holds = Values.truth(tested);
            if (arguments.positional().size() > position) {
                CallArguments inner = inner(arguments, position, budget);
                holds = Tests.holds(inner.name(), tested, inner, budget);
            }
            if (holds == wanted) {
                selected.add(element);
            }
        }
        return selected;
    }

    /** What the filter or test is called with that the argument at {@code position} names: those after it. */
    private static CallArguments inner(CallArguments arguments, int position, Budget budget) {
        budget.work(128);
        List<Object> all = arguments.positional();
        return new CallArguments(
                Values.string(all.get(position)).text(), all.subList(position + 1, all.size()), arguments.named());
    }
}
