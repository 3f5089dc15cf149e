package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Regular expressions in the common subset of ECMA-262 and Java: alternatives, groups, classes, escapes and counts. {@code ^} and
 * {@code $} may stand at the two ends of an alternative only. Lookaround, back references and word boundaries do not describe a
 * regular language or one that is simple to follow; they are refused.
 */
final class RegexParser {
    private static final int MAX_COUNT = 100_000;
    private static final int MAX_DEPTH = 100;

    private final String source;
    private final Function<CodePoints, Expression> character;
    private int at;
    private int depth;

    private RegexParser(String source, Function<CodePoints, Expression> character) {
        this.source = source;
        this.character = character;
    }

    /** The expression that matches a whole text, as if {@code ^} and {@code $} stood around it. */
    static Expression whole(String regex) {
        return new RegexParser(regex, Expression.Characters::new).all(Expression.EMPTY);
    }

    /**
     * The expression that finds a match somewhere in a text, as JSON schema's {@code pattern} does.
     *
     * @param character how a character of a set is written
     */
    static Expression anywhere(String regex, Function<CodePoints, Expression> character) {
        Expression any = new Expression.Repeat(character.apply(CodePoints.ANY), 0, Expression.UNLIMITED);
        return new RegexParser(regex, character).all(any);
    }

    private Expression all(Expression around) {
        List<Expression> alternatives = new ArrayList<>();
        do {
            boolean begins = take('^');
            Expression body = sequence();
            boolean ends = take('$');
            alternatives.add(
                    Expression.sequence(begins ? Expression.EMPTY : around, body, ends ? Expression.EMPTY : around));
        } while (take('|'));
        if (at < source.length()) {
            throw error("found '" + source.charAt(at) + "', expected the end");
        }
        return Expression.anyOf(alternatives);
    }

    private Expression choice() {
        List<Expression> alternatives = new ArrayList<>();
        do {
            alternatives.add(sequence());
        } while (take('|'));
        return Expression.anyOf(alternatives);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        while (at < source.length() && "|)$".indexOf(source.charAt(at)) < 0) {
            parts.add(counted(atom()));
        }
        return new Expression.Sequence(parts);
    }

    private Expression counted(Expression body) {
        Expression counted = body;
        if (take('*')) {
            counted = new Expression.Repeat(body, 0, Expression.UNLIMITED);
        } else if (take('+')) {
            counted = new Expression.Repeat(body, 1, Expression.UNLIMITED);
        } else if (take('?')) {
            counted = Expression.optional(body);
        } else if (take('{')) {
            int min = number();
            int max = take(',') ? (peek() == '}' ? Expression.UNLIMITED : number()) : min;
            expect('}');
            if (max != Expression.UNLIMITED && max < min) {
                throw error("a count from " + min + " to " + max);
            }
            counted = new Expression.Repeat(body, min, max);
        } else {
            return body;
        }
        take('?'); // a lazy count matches the same texts
        if (at < source.length() && "*+?{".indexOf(source.charAt(at)) >= 0) {
            throw error("a count of a count");
        }
        return counted;
    }

    private Expression atom() {
        char c = source.charAt(at);
        return switch (c) {
            case '(' -> group();
            case '*', '+', '?', '{' -> throw error("'" + c + "' has nothing to repeat");
            case '^' -> throw error("'^' inside of an alternative");
            default -> character.apply(c == '[' ? characterClass() : single());
        };
    }

    private Expression group() {
        if (++depth > MAX_DEPTH) {
            throw error("groups nested more than " + MAX_DEPTH + " deep");
        }
        expect('(');
        if (take('?') && !take(':')) {
            if (!take('<') || peek() == '=' || peek() == '!') {
                throw error("a group that looks around is not supported");
            }
            int end = source.indexOf('>', at);
            if (end < 0) {
                throw error("the name of a group does not end");
            }
            at = end + 1;
        }
        Expression body = choice();
        expect(')');
        depth--;
        return body;
    }

    /** A character, an escape or the dot, outside of a class. */
    private CodePoints single() {
        if (take('.')) {
            return CodePoints.of("\n\r\u2028\u2029").not();
        }
        return take('\\') ? escape() : codePoint();
    }

    private CodePoints codePoint() {
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        return CodePoints.of(c, c);
    }

    private CodePoints characterClass() {
        expect('[');
        boolean negated = take('^');
        CodePoints set = new CodePoints(List.of());
        while (!take(']')) {
            if (at >= source.length()) {
                throw error("a class does not end");
            }
            CodePoints first = take('\\') ? escape() : codePoint();
            if (peek() == '-' && at + 1 < source.length() && source.charAt(at + 1) != ']') {
                at++;
                first = range(first, take('\\') ? escape() : codePoint());
            }
            set = set.or(first);
        }
        return negated ? set.not() : set;
    }

    private CodePoints range(CodePoints from, CodePoints to) {
        Integer first = only(from);
        Integer last = only(to);
        if (first == null || last == null || first > last) {
            throw error("a range of a class does not ascend from one character to another");
        }
        return CodePoints.of(first, last);
    }

    private static @Nullable Integer only(CodePoints set) {
        return set.ranges().size() == 1
                        && set.ranges().getFirst().first()
                                == set.ranges().getFirst().last()
                ? set.ranges().getFirst().first()
                : null;
    }

    private CodePoints escape() {
        if (at >= source.length()) {
            throw error("'\\' at the end");
        }
        char c = source.charAt(at++);
        return switch (c) {
            case 'd' -> digits();
            case 'D' -> digits().not();
            case 'w' -> word();
            case 'W' -> word().not();
            case 's' -> space();
            case 'S' -> space().not();
            case 'n' -> CodePoints.of("\n");
            case 'r' -> CodePoints.of("\r");
            case 't' -> CodePoints.of("\t");
            case 'f' -> CodePoints.of("\f");
            case 'v' -> CodePoints.of("\u000b");
            case 'x' -> hexadecimal(2);
            case 'u' -> take('{') ? braced() : hexadecimal(4);
            case 'p', 'P' -> {
                expect('{');
                CodePoints category = UnicodeCategories.of(until('}'), this::error);
                yield c == 'p' ? category : category.not();
            }
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    throw error("the escape '\\" + c + "' is not supported");
                }
                yield CodePoints.of(c, c);
            }
        };
    }

    private static CodePoints digits() {
        return CodePoints.of('0', '9');
    }

    private static CodePoints word() {
        return digits().or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of("_"));
    }

    private static CodePoints space() {
        return CodePoints.of(" \t\n\r\f\u000b\u00a0\ufeff\u1680\u2028\u2029\u202f\u205f\u3000")
                .or(CodePoints.of(0x2000, 0x200a));
    }

    private CodePoints braced() {
        return codePoint(until('}'));
    }

    private CodePoints hexadecimal(int length) {
        if (at + length > source.length()) {
            throw error("an escape needs " + length + " hexadecimal digits");
        }
        at += length;
        return codePoint(source.substring(at - length, at));
    }

    private CodePoints codePoint(String hexadecimal) {
        try {
            int c = Integer.parseInt(hexadecimal, 16);
            if (Character.isValidCodePoint(c)) {
                return CodePoints.of(c, c);
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw error("'" + hexadecimal + "' is not the hexadecimal number of a character");
    }

    private String until(char end) {
        int close = source.indexOf(end, at);
        if (close < 0) {
            throw error("expected '" + end + "'");
        }
        String text = source.substring(at, close);
        at = close + 1;
        return text;
    }

    private int number() {
        int begin = at;
        while (at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '9') {
            at++;
        }
        if (at == begin || at - begin > 6 || Integer.parseInt(source.substring(begin, at)) > MAX_COUNT) {
            throw error("expected a count up to " + MAX_COUNT);
        }
        return Integer.parseInt(source.substring(begin, at));
    }

    private int peek() {
        return at < source.length() ? source.charAt(at) : -1;
    }

    private boolean take(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c) {
        if (!take(c)) {
            throw error("expected '" + c + "'");
        }
    }

    private InvalidConstraintException error(String problem) {
        String shown = source.length() <= 100 ? source : source.substring(0, 100) + "…";
        return new InvalidConstraintException("regular expression '" + shown + "', offset " + at + ": " + problem);
    }
}
