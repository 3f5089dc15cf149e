package bitnet.constraint;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How JSON (RFC 8259) is written in answers: without white space but for one optional blank behind a colon or a comma, so that no
 * model can go on with blanks for ever.
 */
final class JsonText {
    static final Expression COLON =
            Expression.sequence(Expression.literal(":"), Expression.optional(Expression.literal(" ")));
    static final Expression COMMA =
            Expression.sequence(Expression.literal(","), Expression.optional(Expression.literal(" ")));

    private static final CodePoints CONTROL = CodePoints.of(0, 0x1F);
    private static final CodePoints ESCAPED = CONTROL.or(CodePoints.of("\"\\"));

    /** One character of a string, escaped where it has to be; also by any escape that stands for one character. */
    static final Expression CHARACTER = Expression.choice(
            new Expression.Characters(ESCAPED.not()),
            Expression.sequence(
                    Expression.literal("\\"),
                    Expression.choice(
                            new Expression.Characters(CodePoints.of("\"\\/bfnrt")),
                            // not the surrogates, which only are characters in pairs
                            Expression.sequence(
                                    Expression.literal("u"),
                                    Expression.choice(
                                            Expression.sequence(hexadecimal("0123456789abcefABCEF"), hexadecimal(null)),
                                            Expression.sequence(
                                                    hexadecimal("dD"),
                                                    new Expression.Characters(CodePoints.of('0', '7')))),
                                    hexadecimal(null),
                                    hexadecimal(null)))));

    // enough for every whole number that a double holds exactly
    private static final int DIGITS = 15;
    private static final Expression DIGIT = new Expression.Characters(CodePoints.of('0', '9'));

    static final Expression INTEGER = Expression.sequence(
            Expression.optional(Expression.literal("-")),
            Expression.choice(
                    Expression.literal("0"),
                    Expression.sequence(
                            new Expression.Characters(CodePoints.of('1', '9')),
                            new Expression.Repeat(DIGIT, 0, DIGITS - 1))));

    static final Expression NUMBER = Expression.sequence(
            INTEGER,
            Expression.optional(Expression.sequence(Expression.literal("."), new Expression.Repeat(DIGIT, 1, DIGITS))),
            Expression.optional(Expression.sequence(
                    new Expression.Characters(CodePoints.of("eE")),
                    Expression.optional(new Expression.Characters(CodePoints.of("+-"))),
                    new Expression.Repeat(DIGIT, 1, 2))));

    private JsonText() {}

    private static Expression hexadecimal(@Nullable String digits) {
        return new Expression.Characters(CodePoints.of(digits == null ? "0123456789abcdefABCDEF" : digits));
    }

    /** A string of {@code body}. */
    static Expression string(Expression body) {
        return Expression.sequence(Expression.literal("\""), body, Expression.literal("\""));
    }

    /** A string of some characters. */
    static Expression string(int min, int max) {
        return string(new Expression.Repeat(CHARACTER, min, max));
    }

    /** One character of a set inside of a string, in its shortest form. */
    static Expression character(CodePoints set) {
        List<Expression> forms = new ArrayList<>();
        CodePoints plain = set.minus(ESCAPED);
        if (!plain.isEmpty()) {
            forms.add(new Expression.Characters(plain));
        }
        for (int c = 0; c < 128; c++) {
            if (ESCAPED.contains(c) && set.contains(c)) {
                forms.add(Expression.literal(escaped(c)));
            }
        }
        return Expression.anyOf(forms);
    }

    private static String escaped(int c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> c < ' ' ? String.format("\\u%04x", c) : Character.toString(c);
        };
    }

    /** A value as JSON. */
    static Expression literal(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> fields -> {
                List<Expression> parts = new ArrayList<>();
                fields.forEach((name, field) -> {
                    parts.add(parts.isEmpty() ? Expression.EMPTY : COMMA);
                    parts.add(Expression.sequence(literal(name), COLON, literal(field)));
                });
                yield Expression.sequence(
                        Expression.literal("{"), new Expression.Sequence(parts), Expression.literal("}"));
            }
            case List<?> elements -> {
                List<Expression> parts = new ArrayList<>();
                for (Object element : elements) {
                    parts.add(parts.isEmpty() ? Expression.EMPTY : COMMA);
                    parts.add(literal(element));
                }
                yield Expression.sequence(
                        Expression.literal("["), new Expression.Sequence(parts), Expression.literal("]"));
            }
            case String text ->
                Expression.literal(
                        text.codePoints().mapToObj(JsonText::escaped).collect(Collectors.joining("", "\"", "\"")));
            case BigDecimal number -> Expression.literal(number.toString());
            case null, default -> Expression.literal(String.valueOf(value));
        };
    }
}
