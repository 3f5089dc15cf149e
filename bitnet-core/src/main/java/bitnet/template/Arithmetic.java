package bitnet.template;

import java.util.ArrayList;
import java.util.List;

/** Operators on numbers, and {@code +} and {@code *} on strings and lists. */
final class Arithmetic {
    private Arithmetic() {}

    static Object signed(Object value, boolean negative) {
        if (value instanceof Double d) {
            return negative ? -d : d;
        }
        long whole = Values.whole(value);
        return negative ? Math.negateExact(Math.max(whole, -Long.MAX_VALUE)) : whole;
    }

    /** {@code <}, {@code <=}, {@code >} or {@code >=} */
    static boolean ordered(Object left, String operator, Object right, Budget budget) {
        if ((left instanceof Double d && d.isNaN()) || (right instanceof Double e && e.isNaN())) {
            return false;
        }
        int order = Values.compare(left, right, budget);
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
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
        if (operator.equals("+") && left instanceof String a && right instanceof String b) {
            budget.spend((long) a.length() + b.length());
            return a + b;
        }
        if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            budget.spend(4L * (a.size() + b.size()));
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
        if (value instanceof String s) {
            budget.spend((long) s.length() * count);
            return s.repeat(s.isEmpty() ? 0 : count);
        }
        if (value instanceof List<?> list) {
            budget.spend(4L * list.size() * count);
            var all = new ArrayList<Object>();
            for (int i = 0; i < count && !list.isEmpty(); i++) {
                all.addAll(list);
            }
            return all;
        }
        throw new TemplateError(Values.type(value) + " and an integer do not go with '*'");
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
