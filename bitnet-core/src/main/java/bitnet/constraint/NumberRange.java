package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decimal numbers between two bounds, as an expression: digit by digit, along the digits of a bound as long as the number begins
 * like it, and free from the first digit that differs.
 */
final class NumberRange {
    // of unbounded numbers; a double holds this many digits exactly
    private static final int DIGITS = 15;
    /** Digits behind the point, beyond those of the bounds. */
    private static final int MORE_FRACTION = 6;

    private static final int MAX_DIGITS = 40;

    private static final Expression DIGIT = new Expression.Characters(CodePoints.of('0', '9'));

    /** A bound, and whether it belongs to the range. */
    record Bound(BigDecimal value, boolean included) {
        Bound negated() {
            return new Bound(value.negate(), included);
        }
    }

    private final String low;
    private final String lowFraction;
    private final boolean lowIncluded;
    private final @Nullable String high;
    private final String highFraction;
    private final boolean highIncluded;
    private final int fraction;

    /** Numbers of a sign: the bounds are not negative. */
    private NumberRange(Bound least, @Nullable Bound most, boolean whole) {
        String[] lowParts = digits(least.value());
        low = lowParts[0];
        lowFraction = lowParts[1];
        lowIncluded = least.included();
        String[] highParts = most == null ? new String[] {"", ""} : digits(most.value());
        high = most == null ? null : highParts[0];
        highFraction = highParts[1];
        highIncluded = most != null && most.included();
        fraction = whole ? 0 : Math.max(lowFraction.length(), highFraction.length()) + MORE_FRACTION;
    }

    /**
     * @param least the lower bound, or null
     * @param most the upper bound, or null
     * @param whole integers only
     */
    static Expression of(@Nullable Bound least, @Nullable Bound most, boolean whole) {
        Bound zero = new Bound(BigDecimal.ZERO, true);
        List<Expression> signs = new ArrayList<>();
        if (most == null || most.value().signum() > 0 || (most.value().signum() == 0 && most.included())) {
            Bound from = least == null || least.value().signum() < 0 ? zero : least;
            signs.add(new NumberRange(whole ? ceiling(from) : from, whole && most != null ? floor(most) : most, whole)
                    .positive());
        }
        if (least == null || least.value().signum() < 0) {
            Bound from =
                    most == null || most.value().signum() >= 0 ? new Bound(BigDecimal.ZERO, false) : most.negated();
            Bound to = least == null ? null : least.negated();
            signs.add(Expression.sequence(
                    Expression.literal("-"),
                    new NumberRange(whole ? ceiling(from) : from, whole && to != null ? floor(to) : to, whole)
                            .positive()));
        }
        return Expression.anyOf(signs);
    }

    private static Bound ceiling(Bound bound) {
        BigDecimal up = bound.value().setScale(0, RoundingMode.CEILING);
        boolean excluded = !bound.included() && up.compareTo(bound.value()) == 0;
        return new Bound(excluded ? up.add(BigDecimal.ONE) : up, true);
    }

    private static Bound floor(Bound bound) {
        BigDecimal down = bound.value().setScale(0, RoundingMode.FLOOR);
        boolean excluded = !bound.included() && down.compareTo(bound.value()) == 0;
        return new Bound(excluded ? down.subtract(BigDecimal.ONE) : down, true);
    }

    private static String[] digits(BigDecimal value) {
        BigDecimal plain = value.stripTrailingZeros();
        if (plain.precision() > MAX_DIGITS || Math.abs(plain.scale()) > MAX_DIGITS) {
            throw new InvalidConstraintException("the bound " + value + " has more than " + MAX_DIGITS + " digits");
        }
        if (plain.signum() < 0) {
            return new String[] {"", ""}; // only of an empty range
        }
        String text = plain.toPlainString();
        int point = text.indexOf('.');
        return point < 0 ? new String[] {text, ""} : new String[] {text.substring(0, point), text.substring(point + 1)};
    }

    private Expression positive() {
        if (high != null && high.isEmpty()) {
            return Expression.NOTHING;
        }
        int longest = high == null ? Math.max(DIGITS, low.length() + 1) : high.length();
        List<Expression> lengths = new ArrayList<>();
        for (int length = low.length(); length <= longest; length++) {
            boolean alongHigh = high != null && high.length() == length;
            lengths.add(integer(0, length, length == low.length(), alongHigh));
        }
        return Expression.anyOf(lengths);
    }

    /** The digits before the point from {@code at} on. */
    private Expression integer(int at, int length, boolean alongLow, boolean alongHigh) {
        if (at == length) {
            return fraction(0, alongLow, alongHigh);
        }
        if (!alongLow && !alongHigh && at > 0) {
            return Expression.sequence(
                    new Expression.Repeat(DIGIT, length - at, length - at), fraction(0, false, false));
        }
        int least = alongLow ? low.charAt(at) - '0' : at == 0 && length > 1 ? 1 : 0;
        int most = alongHigh && high != null ? high.charAt(at) - '0' : 9;
        return digits(least, most, alongLow, alongHigh, (toLow, toHigh) -> integer(at + 1, length, toLow, toHigh));
    }

    /** What may follow when {@code at} digits stand behind the point, or no point yet. */
    private Expression fraction(int at, boolean alongLow, boolean alongHigh) {
        List<Expression> ways = new ArrayList<>();
        boolean zerosToLow = zeros(lowFraction, at);
        boolean fitsLow = !alongLow || (zerosToLow && lowIncluded);
        boolean fitsHigh = !alongHigh || highIncluded || !zeros(highFraction, at);
        if (fitsLow && fitsHigh) {
            ways.add(Expression.EMPTY);
        }
        if (at < fraction) {
            Expression point = at == 0 ? Expression.literal(".") : Expression.EMPTY;
            if (!alongLow && !alongHigh) {
                ways.add(Expression.sequence(point, new Expression.Repeat(DIGIT, 1, fraction - at)));
            } else {
                int least = alongLow ? digit(lowFraction, at) : 0;
                int most = alongHigh ? digit(highFraction, at) : 9;
                ways.add(Expression.sequence(
                        point,
                        digits(least, most, alongLow, alongHigh, (toLow, toHigh) -> fraction(at + 1, toLow, toHigh))));
            }
        }
        return Expression.anyOf(ways);
    }

    private interface Rest {
        Expression after(boolean alongLow, boolean alongHigh);
    }

    private static Expression digits(int least, int most, boolean alongLow, boolean alongHigh, Rest rest) {
        List<Expression> ways = new ArrayList<>();
        int from = least;
        int to = most;
        if (alongLow && from <= to) {
            ways.add(Expression.sequence(digit(from, from), rest.after(true, alongHigh && from == most)));
            from++;
        }
        if (alongHigh && from <= to) {
            ways.add(Expression.sequence(digit(to, to), rest.after(false, true)));
            to--;
        }
        if (from <= to) {
            ways.add(Expression.sequence(digit(from, to), rest.after(false, false)));
        }
        return Expression.anyOf(ways);
    }

    private static Expression digit(int first, int last) {
        return new Expression.Characters(CodePoints.of('0' + first, '0' + last));
    }

    private static int digit(String digits, int at) {
        return at < digits.length() ? digits.charAt(at) - '0' : 0;
    }

    private static boolean zeros(String digits, int from) {
        for (int i = from; i < digits.length(); i++) {
            if (digits.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }
}
