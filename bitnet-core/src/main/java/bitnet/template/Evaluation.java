package bitnet.template;

import bitnet.template.Expression.Arguments;
import bitnet.template.Expression.Operand;
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
        budget.spend(1);
        Object value = switch (expression) {
            case Expression.Constant(Object constant) -> constant;
            case Expression.Name name -> {
                at = name.at();
                yield scope.get(name.name());
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
                var text = new StringBuilder();
                for (Expression part : concatenation.parts()) {
                    String next = Values.print(value(part, scope), budget);
                    at = concatenation.at();
                    text.append(budget.made(next));
                }
                yield text.toString();
            }
            case Expression.Conditional conditional -> {
                if (truth(conditional.condition(), scope)) {
                    yield value(conditional.then(), scope);
                }
                Expression otherwise = conditional.otherwise();
                yield otherwise == null ? new Undefined("else") : value(otherwise, scope);
            }
            case Expression.ListOf(List<Expression> elements) -> {
                budget.spend(4L * elements.size());
                var list = new ArrayList<Object>();
                for (Expression element : elements) {
                    list.add(value(element, scope));
                }
                yield list;
            }
            case Expression.MapOf map -> {
                budget.spend(8L * map.keys().size());
                var result = new LinkedHashMap<Object, Object>();
                for (int i = 0; i < map.keys().size(); i++) {
                    Object key = value(map.keys().get(i), scope);
                    at = map.at();
                    result.put(Values.key(key), value(map.values().get(i), scope));
                }
                yield result;
            }
        };
        budget.leave();
        return value;
    }

    private Object attribute(Object of, String name) {
        return switch (Values.defined(of)) {
            case Map<?, ?> map -> found(map.get(name), name);
            case Values.Namespace(Map<String, Object> members) -> found(members.get(name), name);
            case Loop loop -> loop.attribute(name);
            default -> new Undefined(name);
        };
    }

    private static Object found(@Nullable Object value, Object key) {
        return value != null ? value : new Undefined(String.valueOf(key));
    }

    private Object item(Object of, Object key) {
        return switch (Values.defined(of)) {
            case Map<?, ?> map -> found(map.get(Values.key(key)), key);
            case List<?> list
            when Values.isWhole(key) -> {
                long i = Values.whole(key) < 0 ? Values.whole(key) + list.size() : Values.whole(key);
                yield i >= 0 && i < list.size() ? list.get((int) i) : new Undefined("item " + key);
            }
            case String s
            when Values.isWhole(key) -> {
                budget.spend(s.length() / 64);
                int length = Text.length(s);
                long i = Values.whole(key) < 0 ? Values.whole(key) + length : Values.whole(key);
                yield i >= 0 && i < length
                        ? Character.toString(s.codePointAt(s.offsetByCodePoints(0, (int) i)))
                        : new Undefined("item " + key);
            }
            default -> key instanceof String name ? attribute(of, name) : new Undefined("item");
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
            CallArguments arguments = arguments(method.name(), call.arguments(), scope);
            at = method.at();
            return switch (Values.defined(of)) {
                case Loop loop when method.name().equals("cycle") -> loop.cycle(arguments);
                case Values.Namespace(Map<String, Object> members)
                when members.get(method.name()) instanceof Values.Callable callable -> callable.call(arguments);
                default -> Methods.call(of, method.name(), arguments, budget);
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
        var positional = new ArrayList<Object>();
        for (Expression argument : arguments.positional()) {
            positional.add(value(argument, scope));
        }
        var named = new LinkedHashMap<String, Object>();
        for (var argument : arguments.named().entrySet()) {
            named.put(argument.getKey(), value(argument.getValue(), scope));
        }
        budget.spend(positional.size() + named.size());
        return new CallArguments(name, positional, named);
    }

    private boolean compare(Expression.Comparison comparison, Scope scope) {
        Object left = value(comparison.first(), scope);
        for (Operand operand : comparison.rest()) {
            Object right = value(operand.value(), scope);
            at = comparison.at();
            boolean holds = switch (operand.operator()) {
                case "==" -> Values.equal(left, right, budget);
                case "!=" -> !Values.equal(left, right, budget);
                case "in" -> Values.contains(right, left, budget);
                case "not in" -> !Values.contains(right, left, budget);
                default -> Arithmetic.ordered(left, operand.operator(), right, budget);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }
}
