package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values as Python has them. In Java they are {@link PromptText}, {@link Boolean}, {@link Long}, {@link Double},
 * {@link List}, {@link Map} (in the order of insertion), {@link None}, {@link Undefined}, {@link Namespace}, {@link Loop}
 * and {@link Callable}.
 */
final class Values {
    /** The one value that can change: what {@code namespace()} makes. It is equal to itself only. */
    static final class Namespace {
        private final Map<Object, Object> members;

        Namespace(Map<Object, Object> members) {
            this.members = members;
        }

        Map<Object, Object> members() {
            return members;
        }
    }

    /** A function or macro. */
    interface Callable {
        Object call(CallArguments arguments);
    }

    private Values() {}

    /** A caller's value as a template's; its strings are somebody's text unless they are {@link PromptText}. */
    static Object of(@Nullable Object value, int depth) {
        if (depth > 100) {
            throw new IllegalArgumentException("a variable is nested more than 100 levels");
        }
        return switch (value) {
            case null -> None.NONE;
            case PromptText s -> s;
            case String s -> PromptText.user(s);
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
            case PromptText s -> s.length();
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
            case PromptText s -> !s.isEmpty();
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
            case PromptText _ -> "a string";
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

    /** A value as a key of a mapping. 1, 1.0 and true are one key. */
    static Object key(Object value, Budget budget) {
        return switch (value) {
            case PromptText s -> {
                budget.work(s.length() / 8);
                yield s;
            }
            case Boolean b -> b ? 1L : 0L;
            case Double d when d == Math.rint(d) && Math.abs(d) < 1e18 -> d.longValue();
            case Long _, Double _, None _ -> value;
            default -> throw new TemplateError(type(defined(value)) + " cannot be a key");
        };
    }

    /** What a loop goes over. */
    static List<?> iterate(Object value, Budget budget) {
        return switch (value) {
            case List<?> list -> list;
            case Map<?, ?> map -> {
                budget.elements(map.size());
                yield new ArrayList<>(map.keySet());
            }
            case PromptText s -> Text.characters(s, budget);
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

    static PromptText string(Object value) {
        if (value instanceof PromptText s) {
            return s;
        }
        throw new TemplateError("found " + type(defined(value)) + ", expected a string");
    }

    /**
     * {@code str(value)}, as a template prints it. What is no string is printed as somebody's text: the template wrote none
     * of its characters.
     */
    static PromptText print(Object value, Budget budget) {
        if (value instanceof PromptText s) {
            return s;
        }
        if (value instanceof Undefined) {
            return PromptText.EMPTY;
        }
        var text = new PromptText.Builder();
        Literals.write(value, text, budget);
        return text.build();
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
