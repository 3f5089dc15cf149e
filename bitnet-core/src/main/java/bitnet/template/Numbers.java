package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.regex.Pattern;

/** The filters {@code int} and {@code float}. */
final class Numbers {
    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern REAL =
            Pattern.compile("[+-]?([0-9]{1,40}\\.?[0-9]{0,40}|\\.[0-9]{1,40})([eE][+-]?[0-9]{1,4})?");

    private Numbers() {}

    /** The value as an integer, or the default where it is none. */
    static Object whole(Object value, Object otherwise, Budget budget) {
        return switch (Values.defined(value)) {
            case Long n -> n;
            case Boolean b -> b ? 1L : 0L;
            case Double d -> Math.abs(d) < 0x1p63 ? (Object) d.longValue() : otherwise;
            case PromptText s -> {
                String number = Text.strip(s, "", true, true, budget).text();
                if (WHOLE.matcher(number).matches()) {
                    yield Long.valueOf(number);
                }
                yield REAL.matcher(number).matches() ? whole(Double.valueOf(number), otherwise, budget) : otherwise;
            }
            default -> otherwise;
        };
    }

    /** The value as a float, or the default where it is none. */
    static Object real(Object value, Object otherwise, Budget budget) {
        return switch (Values.defined(value)) {
            case Long n -> n.doubleValue();
            case Boolean b -> b ? 1.0 : 0.0;
            case Double d -> d;
            case PromptText s -> {
                String number = Text.strip(s, "", true, true, budget).text();
                yield REAL.matcher(number).matches() ? Double.valueOf(number) : otherwise;
            }
            default -> otherwise;
        };
    }
}
