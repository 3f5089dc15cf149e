package bitnet.template;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values as Python has them. In Java they are {@link String}, {@link Boolean}, {@link Long}, {@link Double},
 * {@link List}, {@link Map} (in the order of insertion), {@link None}, {@link Undefined}, {@link Namespace} and
 * {@link Callable}.
 */
final class Values {
    /** The one value that can change: what {@code namespace()} makes. */
    record Namespace(Map<String, Object> members) {}

    /** A function or macro. */
    interface Callable {
        Object call(CallArguments arguments);
    }

    private Values() {}

    /** A caller's value as a template's. */
    static Object of(@Nullable Object value, int depth) {
        if (depth > 100) {
            throw new IllegalArgumentException("a variable is nested more than 100 levels");
        }
        return switch (value) {
            case null -> None.NONE;
            case String s -> s;
            case Boolean b -> b;
            case Byte n -> n.longValue();
            case Short n -> n.longValue();
            case Integer n -> n.longValue();
            case Long n -> n;
            case Float n -> n.doubleValue();
            case Double n -> n;
            case List<?> list -> {
                var copy = new ArrayList<Object>(list.size());
                list.forEach(element -> copy.add(of(element, depth + 1)));
                yield copy;
            }
            case Map<?, ?> map -> {
                var copy = new LinkedHashMap<Object, Object>();
                map.forEach((key, element) -> copy.put(of(key, depth + 1), of(element, depth + 1)));
                yield copy;
            }
            default -> throw new IllegalArgumentException("a variable is of " + value.getClass());
        };
    }

    /** How many characters and elements a value has in all. */
    static long size(Object value) {
        return switch (value) {
            case String s -> s.length();
            case List<?> list -> list.stream().mapToLong(Values::size).sum() + list.size();
            case Map<?, ?> map ->
                map.entrySet().stream()
                                .mapToLong(e -> size(e.getKey()) + size(e.getValue()))
                                .sum()
                        + map.size();
            default -> 1;
        };
    }

    static boolean truth(Object value) {
        return switch (value) {
            case Boolean b -> b;
            case String s -> !s.isEmpty();
            case Long n -> n != 0;
            case Double n -> n != 0;
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case None _, Undefined _ -> false;
            default -> true;
        };
    }

    /** What a value is, for messages. */
    static String type(Object value) {
        return switch (value) {
            case String _ -> "a string";
            case Boolean _ -> "a boolean";
            case Long _ -> "an integer";
            case Double _ -> "a float";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a mapping";
            case None _ -> "none";
            case Undefined _ -> "what is not defined";
            case Namespace _ -> "a namespace";
            default -> "a function";
        };
    }

    static Object defined(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        return value;
    }

    /** {@code ==} */
    static boolean equal(Object a, Object b, Budget budget) {
        budget.spend(1);
        if (a instanceof List<?> left && b instanceof List<?> right) {
            if (left.size() != right.size()) {
                return false;
            }
            budget.enter();
            for (int i = 0; i < left.size(); i++) {
                if (!equal(left.get(i), right.get(i), budget)) {
                    budget.leave();
                    return false;
                }
            }
            budget.leave();
            return true;
        }
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            if (left.size() != right.size()) {
                return false;
            }
            budget.enter();
            for (var entry : left.entrySet()) {
                Object other = right.get(entry.getKey());
                if (other == null || !equal(entry.getValue(), other, budget)) {
                    budget.leave();
                    return false;
                }
            }
            budget.leave();
            return true;
        }
        if (isNumber(a) && isNumber(b)) {
            return (isWhole(a) && isWhole(b)) ? whole(a) == whole(b) : number(a) == number(b);
        }
        if (a instanceof String left && b instanceof String right) {
            budget.spend(left.length() / 64);
            return left.equals(right);
        }
        if (a instanceof Undefined || a instanceof None) {
            return a.getClass() == b.getClass();
        }
        return a.equals(b);
    }

    /** Less than zero, zero or more, as for {@code <} and sorting. */
    static int compare(Object a, Object b, Budget budget) {
        budget.spend(1);
        if (isNumber(a) && isNumber(b)) {
            return (isWhole(a) && isWhole(b)) ? Long.compare(whole(a), whole(b)) : Double.compare(number(a), number(b));
        }
        if (a instanceof String left && b instanceof String right) {
            budget.spend(left.length() / 64);
            return compareCodePoints(left, right);
        }
        defined(a);
        defined(b);
        throw new TemplateError(type(a) + " and " + type(b) + " have no order");
    }

    private static int compareCodePoints(String a, String b) {
        for (int i = 0; i < Math.min(a.length(), b.length()); i++) {
            char left = a.charAt(i);
            char right = b.charAt(i);
            if (left != right) {
                // Surrogates stand for what lies above every other unit.
                boolean above = Character.isSurrogate(left) != Character.isSurrogate(right);
                return above ? (Character.isSurrogate(left) ? 1 : -1) : Character.compare(left, right);
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /** {@code part in whole} */
    static boolean contains(Object whole, Object part, Budget budget) {
        return switch (whole) {
            case String s -> {
                if (!(defined(part) instanceof String p)) {
                    throw new TemplateError(type(part) + " cannot be in a string");
                }
                budget.search(s, p);
                yield s.contains(p);
            }
            case Map<?, ?> map -> map.containsKey(key(part));
            case List<?> list -> {
                for (Object element : list) {
                    if (equal(element, part, budget)) {
                        yield true;
                    }
                }
                yield false;
            }
            case Undefined _ -> false;
            default -> throw new TemplateError("nothing can be in " + type(whole));
        };
    }

    /** A value as a key of a mapping. 1, 1.0 and true are one key. */
    static Object key(Object value) {
        return switch (value) {
            case Boolean b -> b ? 1L : 0L;
            case Double d when d == Math.rint(d) && Math.abs(d) < 1e18 -> d.longValue();
            case String _, Long _, Double _, None _ -> value;
            default -> throw new TemplateError(type(defined(value)) + " cannot be a key");
        };
    }

    /** What a loop goes over. */
    static List<?> iterate(Object value, Budget budget) {
        return switch (value) {
            case List<?> list -> list;
            case Map<?, ?> map -> {
                budget.spend(map.size());
                yield new ArrayList<>(map.keySet());
            }
            case String s -> {
                budget.spend(s.length());
                yield Text.characters(s);
            }
            case Undefined _ -> List.of();
            default -> throw new TemplateError(type(value) + " cannot be gone over");
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static boolean isWhole(Object value) {
        return value instanceof Long || value instanceof Boolean;
    }

    static double number(Object value) {
        return value instanceof Double d ? d : whole(value);
    }

    /** An integer; true is 1. */
    static long whole(Object value) {
        return switch (value) {
            case Long n -> n;
            case Boolean b -> b ? 1 : 0;
            default -> throw new TemplateError("found " + type(defined(value)) + ", expected an integer");
        };
    }

    static String string(Object value) {
        if (value instanceof String s) {
            return s;
        }
        throw new TemplateError("found " + type(defined(value)) + ", expected a string");
    }

    /** {@code str(value)}, as a template prints it. */
    static String print(Object value, Budget budget) {
        if (value instanceof String s) {
            return s;
        }
        if (value instanceof Undefined) {
            return "";
        }
        var text = new StringBuilder();
        Literals.write(value, text, budget);
        return text.toString();
    }

    /** {@code repr} of a float: the shortest digits that give it back. */
    static String print(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value > 0 ? "0.0" : "-0.0";
        }
        var digits = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        int exponent = digits.precision() - digits.scale() - 1;
        String sign = value < 0 ? "-" : "";
        if (exponent >= -4 && exponent < 16) {
            String plain = digits.toPlainString();
            return sign + plain + (plain.contains(".") ? "" : ".0");
        }
        String all = digits.unscaledValue().toString();
        String fraction = all.length() > 1 ? "." + all.substring(1) : "";
        String power = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : String.valueOf(Math.abs(exponent));
        return sign + all.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + power;
    }
}
