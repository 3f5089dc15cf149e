package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.List;

/** Operators on numbers, and {@code +}, {@code *} and {@code %} on strings and lists. */
final class Arithmetic {
    private Arithmetic() {}

    static Object signed(Object value, boolean negative) {
        if (value instanceof Double d) {
            return negative ? -d : d;
        }
        long whole = Values.whole(value);
        return negative ? Math.negateExact(Math.max(whole, -Long.MAX_VALUE)) : whole;
    }

    static Object of(Object left, String operator, Object right, Budget budget) {
        Values.defined(left);
        Values.defined(right);
        if (Values.isNumber(left) && Values.isNumber(right)) {
            try {
                return Values.isWhole(left) && Values.isWhole(right)
                        ? whole(Values.whole(left), operator, Values.whole(right))
                        : real(Values.number(left), operator, Values.number(right));
            } catch (ArithmeticException e) {
                throw new TemplateError("a number is too large");
            }
        }
        if (operator.equals("%") && left instanceof PromptText format) {
            return Formatting.of(format, right, budget);
        }
        if (operator.equals("+") && left instanceof PromptText a && right instanceof PromptText b) {
            return Text.sum(a, b, budget);
        }
        if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            budget.elements((long) a.size() + b.size());
            var both = new ArrayList<Object>(a);
            both.addAll(b);
            return both;
        }
        if (operator.equals("*") && Values.isWhole(right)) {
            return repeated(left, Values.whole(right), budget);
        }
        if (operator.equals("*") && Values.isWhole(left)) {
            return repeated(right, Values.whole(left), budget);
        }
        throw new TemplateError(
                Values.type(left) + " and " + Values.type(right) + " do not go with '" + operator + "'");
    }

    private static Object repeated(Object value, long times, Budget budget) {
        int count = Math.clamp(times, 0, Integer.MAX_VALUE);
        return switch (value) {
            case PromptText s -> Text.repeated(s, count, budget);
            case List<?> list -> {
                budget.elements((long) list.size() * count);
                var all = new ArrayList<Object>();
                for (int i = 0; i < count && !list.isEmpty(); i++) {
                    all.addAll(list);
                }
                yield all;
            }
            default -> throw new TemplateError(Values.type(value) + " and an integer do not go with '*'");
        };
    }

    private static Object whole(long a, String operator, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "/" -> (double) a / divisor(b);
            case "//" -> Math.floorDivExact(a, divisor(b));
            case "%" -> Math.floorMod(a, divisor(b));
            default -> b < 0 ? (Object) Math.pow((double) a, (double) b) : (Object) power(a, b);
        };
    }

    private static long divisor(long b) {
        if (b == 0) {
            throw new TemplateError("division by zero");
        }
        return b;
    }

    private static long power(long base, long exponent) {
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1 : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1 : -1;
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base); // overflows after 62 steps at most
        }
        return result;
    }

    private static double real(double a, String operator, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new TemplateError("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> {
                double rest = a % b;
                yield rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
            }
            default -> Math.pow(a, b);
        };
    }
}
