package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.List;
import java.util.Map;

/** {@code ==}, {@code <} and {@code in}. */
final class Comparisons {
    private Comparisons() {}

    /** {@code ==} */
    @SuppressWarnings("ReferenceEquality") // functions and namespaces are equal to themselves only
    static boolean equal(Object a, Object b, Budget budget) {
        budget.work(16);
        if (a instanceof List<?> left && b instanceof List<?> right) {
            boolean alike = left instanceof Tuple == right instanceof Tuple && left.size() == right.size();
            return alike && equalElements(left, right, budget);
        }
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            return left.size() == right.size() && equalEntries(left, right, budget);
        }
        if (isNumber(a) && isNumber(b)) {
            return numbers(a, b) == 0 && !isNaN(a) && !isNaN(b);
        }
        if (a instanceof PromptText left && b instanceof PromptText right) {
            budget.work(left.length() == right.length() ? left.length() / 8 : 0);
            return left.equals(right);
        }
        if (a instanceof Undefined || a instanceof None) {
            return a.getClass() == b.getClass();
        }
        return a == b;
    }

    private static boolean equalElements(List<?> left, List<?> right, Budget budget) {
        budget.enter();
        boolean equal = true;
        for (int i = 0; i < left.size() && equal; i++) {
            equal = equal(left.get(i), right.get(i), budget);
        }
        budget.leave();
        return equal;
    }

    private static boolean equalEntries(Map<?, ?> left, Map<?, ?> right, Budget budget) {
        budget.enter();
        boolean equal = true;
        for (var entry : left.entrySet()) {
            Object other = right.get(Values.key(entry.getKey(), budget));
            equal = other != null && equal(entry.getValue(), other, budget);
            if (!equal) {
                break;
            }
        }
        budget.leave();
        return equal;
    }

    /** {@code <}, {@code <=}, {@code >} or {@code >=} */
    static boolean ordered(Object left, String operator, Object right, Budget budget) {
        if (isNaN(left) || isNaN(right)) {
            return false;
        }
        int order = order(left, right, budget);
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** Less than zero, zero or more, as for {@code <} and sorting; what is not a number comes after all numbers. */
    static int order(Object a, Object b, Budget budget) {
        budget.work(16);
        if (isNumber(a) && isNumber(b)) {
            return numbers(a, b);
        }
        if (a instanceof PromptText left && b instanceof PromptText right) {
            budget.work(Math.min(left.length(), right.length()));
            return codePoints(left.text(), right.text());
        }
        Values.defined(a);
        Values.defined(b);
        throw new TemplateError(Values.type(a) + " and " + Values.type(b) + " have no order");
    }

    /** Exact also where an integer has more digits than a float. */
    private static int numbers(Object a, Object b) {
        if (Values.isWhole(a) && Values.isWhole(b)) {
            return Long.compare(Values.whole(a), Values.whole(b));
        }
        if (a instanceof Double x && b instanceof Double y) {
            return x.doubleValue() == y.doubleValue() ? 0 : Double.compare(x, y);
        }
        return a instanceof Double x
                ? -numbers(Values.whole(b), x.doubleValue())
                : numbers(Values.whole(a), Values.number(b));
    }

    private static int numbers(long whole, double real) {
        if (Double.isNaN(real) || Math.abs(real) >= 0x1p63) {
            return real < 0 ? 1 : -1;
        }
        int order = Long.compare(whole, (long) real);
        double fraction = real - (long) real;
        return order != 0 || fraction == 0 ? order : fraction > 0 ? -1 : 1;
    }

    /** By code points. */
    private static int codePoints(String a, String b) {
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
            case PromptText s -> {
                if (!(Values.defined(part) instanceof PromptText p)) {
                    throw new TemplateError(Values.type(part) + " cannot be in a string");
                }
                yield new Search(s.text(), p.text(), budget).next(0) >= 0;
            }
            case Map<?, ?> map -> map.containsKey(Values.key(part, budget));
            case List<?> list -> {
                for (Object element : list) {
                    if (equal(element, part, budget)) {
                        yield true;
                    }
                }
                yield false;
            }
            case Undefined _ -> false;
            default -> throw new TemplateError("nothing can be in " + Values.type(whole));
        };
    }

    private static boolean isNumber(Object value) {
        return Values.isNumber(value);
    }

    private static boolean isNaN(Object value) {
        return value instanceof Double d && d.isNaN();
    }
}
