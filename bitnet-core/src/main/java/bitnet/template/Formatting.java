package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Python's {@code format % values}: {@code %s %r %d %i %u %x %X %o %f %F %c %%}, with flags, width, precision and names. */
final class Formatting {
    private static final int MAX_PRECISION = 100;

    private final PromptText format;
    private final Object given;
    private final List<?> values;
    private final Budget budget;
    private final PromptText.Builder out = new PromptText.Builder();
    private int at;
    private int next;

    private Formatting(PromptText format, Object given, Budget budget) {
        this.format = format;
        this.given = given;
        this.values = given instanceof Tuple several ? several : List.of(given);
        this.budget = budget;
    }

    static PromptText of(PromptText format, Object values, Budget budget) {
        return new Formatting(format, values, budget).text();
    }

    private PromptText text() {
        budget.append(2L * format.length());
        boolean named = false;
        while (at < format.length()) {
            if (format.text().charAt(at) != '%') {
                out.append(format, at, ++at);
                continue;
            }
            at++;
            named |= peek() == '(';
            conversion();
        }
        boolean mapping = given instanceof Map<?, ?> || (given instanceof List<?> && !(given instanceof Tuple));
        if (next < values.size() && !mapping && !named) {
            throw new TemplateError("a format has fewer places than values");
        }
        return out.build();
    }

    private char peek() {
        if (at >= format.length()) {
            throw new TemplateError("a format ends within a place for a value");
        }
        return format.text().charAt(at);
    }

    private void conversion() {
        budget.work(128);
        Object value = null;
        if (peek() == '(') {
            int end = format.text().indexOf(')', at);
            if (end < 0 || !(given instanceof Map<?, ?> map)) {
                throw new TemplateError("a format has a named place, and no mapping to take its value from");
            }
            PromptText name = Text.part(format, at + 1, end, budget);
            value = map.get(name);
            if (value == null) {
                throw new Undefined(name).error();
            }
            at = end + 1;
        }
        int flags = at;
        while ("-+ 0#".indexOf(peek()) >= 0) {
            at++;
        }
        String set = format.text().substring(flags, at);
        int width = number();
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = number();
        }
        char kind = peek();
        at++;
        if (kind == '%') {
            out.append(format, at - 1, at);
            return;
        }
        if (value == null) {
            if (next >= values.size()) {
                throw new TemplateError("a format has more places than values");
            }
            value = Values.defined(values.get(next++));
        }
        pad(converted(kind, value, precision, set), width, set, "sr".indexOf(kind) < 0);
    }

    private int number() {
        int number = 0;
        while (peek() >= '0' && peek() <= '9') {
            number = number * 10 + peek() - '0';
            at++;
            if (number > 1_000_000) {
                throw new TemplateError("a format has a number above 1000000");
            }
        }
        return number;
    }

    private PromptText converted(char kind, Object value, int precision, String flags) {
        return switch (kind) {
            case 's', 'r' -> {
                PromptText text;
                if (kind == 's') {
                    text = Values.print(value, budget);
                } else {
                    var written = new PromptText.Builder();
                    Literals.write(value, written, budget);
                    text = written.build();
                }
                yield precision < 0 || precision >= Text.characterCount(text, budget)
                        ? text
                        : Text.part(text, 0, Text.offset(text, precision, budget), budget);
            }
            case 'c' -> {
                if (value instanceof PromptText one && Text.characterCount(one, budget) == 1) {
                    yield one;
                }
                long c = Values.whole(value);
                if (c < 0 || c > Character.MAX_CODE_POINT) {
                    throw new TemplateError(
                            "a number that a format should write as a character is not a character code");
                }
                yield PromptText.user(Character.toString((int) c));
            }
            case 'd', 'i', 'u' -> {
                long whole = value instanceof Double d ? d.longValue() : Values.whole(value);
                yield signed(whole < 0, digits(Long.toString(whole).replace("-", ""), precision), flags);
            }
            case 'x', 'X', 'o' -> {
                long whole = Values.whole(value);
                int radix = kind == 'o' ? 8 : 16;
                String digits = digits(Long.toString(whole, radix).replace("-", ""), precision);
                String prefix = flags.indexOf('#') < 0 ? "" : kind == 'o' ? "0o" : "0x";
                String all = prefix + digits;
                yield signed(whole < 0, kind == 'X' ? all.toUpperCase(Locale.ROOT) : all, flags);
            }
            case 'f', 'F' -> {
                double real = Values.number(value);
                if (!Double.isFinite(real)) {
                    yield signed(real < 0, Double.isNaN(real) ? "nan" : "inf", flags);
                }
                int places = precision < 0 ? 6 : precision;
                if (places > MAX_PRECISION) {
                    throw new TemplateError("a format has a precision above " + MAX_PRECISION);
                }
                budget.work(2000);
                var exact = new BigDecimal(Math.abs(real)).setScale(places, RoundingMode.HALF_EVEN);
                yield signed(real < 0 || 1 / real < 0, exact.toPlainString(), flags);
            }
            default -> throw new TemplateError("%" + kind + " is not supported in chat templates");
        };
    }

    private String digits(String digits, int precision) {
        budget.text(Math.max(0, precision));
        return "0".repeat(Math.max(0, precision - digits.length())) + digits;
    }

    private static PromptText signed(boolean negative, String digits, String flags) {
        String sign = negative ? "-" : flags.indexOf('+') >= 0 ? "+" : flags.indexOf(' ') >= 0 ? " " : "";
        return PromptText.user(sign + digits);
    }

    /** Appends what was converted, at least so wide; only a number is filled up with zeros. */
    private void pad(PromptText text, int width, String flags, boolean number) {
        int missing = Math.max(0, width - Text.characterCount(text, budget));
        budget.append((long) missing + text.length());
        boolean left = flags.indexOf('-') >= 0;
        boolean zeros = number && !left && flags.indexOf('0') >= 0;
        int sign = zeros && !text.isEmpty() && "+- ".indexOf(text.text().charAt(0)) >= 0 ? 1 : 0;
        out.append(text, 0, sign);
        out.append((zeros ? "0" : " ").repeat(left ? 0 : missing), false);
        out.append(text, sign, text.length());
        out.append(" ".repeat(left ? missing : 0), false);
    }
}
