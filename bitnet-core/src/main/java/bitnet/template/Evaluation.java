package bitnet.template;

import bitnet.template.Expression.Arguments;
import bitnet.template.Expression.Operand;
import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions, and knows where in the template it is. */
final class Evaluation {
    private final Budget budget;
    private int at;

    Evaluation(Budget budget) {
        this.budget = budget;
    }

    int at() {
        return at;
    }

    void goTo(int place) {
        at = place;
    }

    boolean truth(Expression expression, Scope scope) {
        return Values.truth(value(expression, scope));
    }

    Object value(Expression expression, Scope scope) {
        budget.enter();
        budget.step();
        Object value = switch (expression) {
            case Expression.Constant(Object constant) -> constant;
            case Expression.Name name -> {
                at = name.at();
                yield scope.get(name.name(), budget);
            }
            case Expression.Attribute attribute -> {
                Object of = value(attribute.of(), scope);
                at = attribute.at();
                yield attribute(of, attribute.name());
            }
            case Expression.Item item -> {
                Object of = value(item.of(), scope);
                Object key = value(item.key(), scope);
                at = item.at();
                yield item(of, key);
            }
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call call -> call(call, scope);
            case Expression.Filter filter -> {
                Object of = value(filter.of(), scope);
                CallArguments arguments = arguments(filter.name(), filter.arguments(), scope);
                at = filter.at();
                yield Filters.apply(filter.name(), of, arguments, budget);
            }
            case Expression.Test test -> {
                Object of = value(test.of(), scope);
                CallArguments arguments = arguments(test.name(), test.arguments(), scope);
                at = test.at();
                yield Tests.holds(test.name(), of, arguments, budget);
            }
            case Expression.Not(Expression of) -> !truth(of, scope);
            case Expression.Negative negative -> {
                Object of = value(negative.of(), scope);
                at = negative.at();
                yield Arithmetic.signed(of, negative.negative());
            }
            case Expression.Logic logic -> {
                Object left = value(logic.left(), scope);
                yield Values.truth(left) == logic.and() ? value(logic.right(), scope) : left;
            }
            case Expression.Comparison comparison -> compare(comparison, scope);
            case Expression.Arithmetic arithmetic -> {
                Object left = value(arithmetic.left(), scope);
                Object right = value(arithmetic.right(), scope);
                at = arithmetic.at();
                yield Arithmetic.of(left, arithmetic.operator(), right, budget);
            }
            case Expression.Concatenation concatenation -> {
                var text = new PromptText.Builder();
                for (Expression part : concatenation.parts()) {
                    Object next = value(part, scope);
                    at = concatenation.at();
                    Literals.print(next, text, budget);
                }
                yield text.build();
            }
            case Expression.Conditional conditional -> {
                if (truth(conditional.condition(), scope)) {
                    yield value(conditional.then(), scope);
                }
                Expression otherwise = conditional.otherwise();
                yield otherwise == null ? new Undefined("else") : value(otherwise, scope);
            }
            case Expression.ListOf(List<Expression> elements, boolean tuple) -> {
                budget.elements(elements.size());
                var list = new ArrayList<Object>(elements.size());
                for (Expression element : elements) {
                    list.add(value(element, scope));
                }
                yield tuple ? new Tuple(list) : list;
            }
            case Expression.MapOf map -> {
                budget.entries(map.keys().size());
                var result = new LinkedHashMap<Object, Object>();
                for (int i = 0; i < map.keys().size(); i++) {
                    Object key = value(map.keys().get(i), scope);
                    at = map.at();
                    result.put(Values.key(key, budget), value(map.values().get(i), scope));
                }
                yield result;
            }
        };
        budget.leave();
        return value;
    }

    private Object attribute(Object of, PromptText name) {
        budget.work(name.length() / 8);
        return switch (Values.defined(of)) {
            case Map<?, ?> map -> found(map.get(name), name);
            case Values.Namespace namespace -> found(namespace.members().get(name), name);
            case Loop loop -> loop.attribute(name.text());
            default -> new Undefined(name);
        };
    }

    private static Object found(@Nullable Object value, Object key) {
        return value != null ? value : new Undefined(key);
    }

    private Object item(Object of, Object key) {
        return switch (Values.defined(of)) {
            case Map<?, ?> map -> found(map.get(Values.key(key, budget)), key);
            case List<?> list
            when Values.isWhole(key) -> {
                long i = Values.whole(key) < 0 ? Values.whole(key) + list.size() : Values.whole(key);
                yield i >= 0 && i < list.size() ? list.get((int) i) : new Undefined(key);
            }
            case PromptText s when Values.isWhole(key) -> found(Text.character(s, Values.whole(key), budget), key);
            default -> key instanceof PromptText name ? attribute(of, name) : new Undefined("item");
        };
    }

    private Object slice(Expression.Slice slice, Scope scope) {
        Object of = value(slice.of(), scope);
        Object from = slice.from() == null ? None.NONE : value(slice.from(), scope);
        Object to = slice.to() == null ? None.NONE : value(slice.to(), scope);
        Object step = slice.step() == null ? None.NONE : value(slice.step(), scope);
        at = slice.at();
        return Slices.of(of, from, to, step, budget);
    }

    private Object call(Expression.Call call, Scope scope) {
        if (call.callee() instanceof Expression.Attribute method) {
            Object of = value(method.of(), scope);
            String name = method.name().text();
            CallArguments arguments = arguments(name, call.arguments(), scope);
            at = method.at();
            return switch (Values.defined(of)) {
                case Loop loop when name.equals("cycle") -> loop.cycle(arguments);
                case Values.Namespace namespace
                when namespace.members().get(method.name()) instanceof Values.Callable callable ->
                    callable.call(arguments);
                default -> Methods.call(of, name, arguments, budget);
            };
        }
        Object callee = value(call.callee(), scope);
        String name = call.callee() instanceof Expression.Name named ? named.name() : "this";
        CallArguments arguments = arguments(name, call.arguments(), scope);
        at = call.at();
        if (Values.defined(callee) instanceof Values.Callable callable) {
            return callable.call(arguments);
        }
        throw new TemplateError(Values.type(callee) + " cannot be called");
    }

    private CallArguments arguments(String name, Arguments arguments, Scope scope) {
        budget.work(
                128 + 32L * (arguments.positional().size() + arguments.named().size()));
        var positional = new ArrayList<Object>();
        for (Expression argument : arguments.positional()) {
            positional.add(value(argument, scope));
        }
        var named = new LinkedHashMap<String, Object>();
        for (var argument : arguments.named().entrySet()) {
            named.put(argument.getKey(), value(argument.getValue(), scope));
        }
        return new CallArguments(name, positional, named);
    }

    private boolean compare(Expression.Comparison comparison, Scope scope) {
        Object left = value(comparison.first(), scope);
        for (Operand operand : comparison.rest()) {
            Object right = value(operand.value(), scope);
            at = comparison.at();
            boolean holds = switch (operand.operator()) {
                case "==" -> Comparisons.equal(left, right, budget);
                case "!=" -> !Comparisons.equal(left, right, budget);
                case "in" -> Comparisons.contains(right, left, budget);
                case "not in" -> !Comparisons.contains(right, left, budget);
                default -> Comparisons.ordered(left, operand.operator(), right, budget);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }
}
