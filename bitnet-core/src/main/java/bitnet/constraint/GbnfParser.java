package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * GBNF, the grammar notation of llama.cpp (grammars/README.md there): {@code name ::= alternatives}, literals in quotes, classes in
 * brackets, groups, {@code . * + ? {m,n}} and comments. The answer follows the rule {@code root}.
 */
final class GbnfParser {
    private static final int MAX_COUNT = 100_000;
    private static final int MAX_DEPTH = 100;

    private final String source;
    private final Map<String, Expression> rules = new LinkedHashMap<>();
    private int at;
    private int depth;

    private GbnfParser(String source) {
        this.source = source;
    }

    static Grammar parse(String source) {
        var parser = new GbnfParser(source);
        parser.space(true);
        while (parser.at < source.length()) {
            parser.rule();
        }
        if (!parser.rules.containsKey("root")) {
            throw new InvalidConstraintException("the grammar has no rule named 'root'");
        }
        return new Grammar(parser.rules, "root");
    }

    private void rule() {
        String name = name();
        space(true);
        if (!source.startsWith("::=", at)) {
            throw error("expected '::=' behind the name '" + name + "'");
        }
        at += 3;
        space(true);
        Expression body = choice(false);
        if (rules.put(name, body) != null) {
            throw error("the rule '" + name + "' stands twice");
        }
        if (at < source.length() && source.charAt(at) != '\n' && source.charAt(at) != '\r') {
            throw error("found '" + source.charAt(at) + "', expected the end of the rule '" + name + "'");
        }
        space(true);
    }

    /** @param nested inside of a group, where a line may end anywhere */
    private Expression choice(boolean nested) {
        List<Expression> alternatives = new ArrayList<>();
        do {
            alternatives.add(sequence(nested));
        } while (bar());
        return Expression.anyOf(alternatives);
    }

    private boolean bar() {
        if (peek() != '|') {
            return false;
        }
        at++;
        space(true);
        return true;
    }

    private Expression sequence(boolean nested) {
        List<Expression> parts = new ArrayList<>();
        while (at < source.length() && "|)\n\r".indexOf(source.charAt(at)) < 0) {
            parts.add(counted(item()));
            space(nested);
        }
        return new Expression.Sequence(parts);
    }

    private Expression item() {
        char c = source.charAt(at);
        return switch (c) {
            case '"' -> literal();
            case '[' -> characterClass();
            case '(' -> group();
            case '.' -> {
                at++;
                yield new Expression.Characters(CodePoints.ANY);
            }
            default -> new Expression.Reference(name());
        };
    }

    private Expression group() {
        if (++depth > MAX_DEPTH) {
            throw error("groups nested more than " + MAX_DEPTH + " deep");
        }
        at++;
        space(true);
        Expression body = choice(true);
        if (peek() != ')') {
            throw error("expected ')'");
        }
        at++;
        depth--;
        return body;
    }

    private Expression counted(Expression body) {
        Expression counted = body;
        while (true) {
            switch (peek()) {
                case '*' -> counted = new Expression.Repeat(counted, 0, Expression.UNLIMITED);
                case '+' -> counted = new Expression.Repeat(counted, 1, Expression.UNLIMITED);
                case '?' -> counted = Expression.optional(counted);
                case '{' -> {
                    at++;
                    int min = number();
                    int max = min;
                    if (peek() == ',') {
                        at++;
                        max = peek() == '}' ? Expression.UNLIMITED : number();
                    }
                    if (peek() != '}' || (max != Expression.UNLIMITED && max < min)) {
                        throw error("expected a count {m}, {m,} or {m,n}");
                    }
                    counted = new Expression.Repeat(counted, min, max);
                }
                default -> {
                    return counted;
                }
            }
            at++;
        }
    }

    private Expression literal() {
        at++;
        var text = new StringBuilder();
        while (peek() != '"') {
            if (at >= source.length() || peek() == '\n') {
                throw error("a literal does not end");
            }
            text.appendCodePoint(codePoint());
        }
        at++;
        return new Expression.Literal(text.toString());
    }

    private Expression characterClass() {
        at++;
        boolean negated = peek() == '^';
        if (negated) {
            at++;
        }
        List<CodePoints.Range> ranges = new ArrayList<>();
        while (peek() != ']') {
            if (at >= source.length()) {
                throw error("a class does not end");
            }
            int first = codePoint();
            int last = first;
            if (peek() == '-' && at + 1 < source.length() && source.charAt(at + 1) != ']') {
                at++;
                last = codePoint();
            }
            if (last < first) {
                throw error("a range of a class descends");
            }
            ranges.add(new CodePoints.Range(first, last));
        }
        at++;
        var set = new CodePoints(ranges);
        return new Expression.Characters(negated ? set.not() : set);
    }

    private int codePoint() {
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return c;
        }
        int escape = peek();
        at++;
        return switch (escape) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'x' -> hexadecimal(2);
            case 'u' -> hexadecimal(4);
            case 'U' -> hexadecimal(8);
            case '"', '\\', '[', ']', '-', '^' -> escape;
            default -> throw error("an unknown escape");
        };
    }

    private int hexadecimal(int length) {
        try {
            int value = Integer.parseInt(source, at, Math.min(source.length(), at + length), 16);
            at += length;
            if (Character.isValidCodePoint(value) && at <= source.length()) {
                return value;
            }
        } catch (NumberFormatException | IndexOutOfBoundsException _) {
            // said below
        }
        throw error("expected the " + length + " hexadecimal digits of a character");
    }

    private int number() {
        int begin = at;
        while (Character.isDigit(peek())) {
            at++;
        }
        if (at == begin || at - begin > 6 || Integer.parseInt(source.substring(begin, at)) > MAX_COUNT) {
            throw error("expected a count up to " + MAX_COUNT);
        }
        return Integer.parseInt(source.substring(begin, at));
    }

    private String name() {
        int begin = at;
        while (at < source.length()
                && (Character.isLetterOrDigit(source.charAt(at)) || "-_".indexOf(source.charAt(at)) >= 0)) {
            at++;
        }
        if (begin == at) {
            throw error(
                    "found '" + (at < source.length() ? source.charAt(at) : ' ') + "', expected the name of a rule");
        }
        return source.substring(begin, at);
    }

    /** Passes over blanks and comments, and over ends of lines where asked. */
    private void space(boolean lines) {
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '#') {
                while (at < source.length() && source.charAt(at) != '\n') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private int peek() {
        return at < source.length() ? source.charAt(at) : -1;
    }

    private InvalidConstraintException error(String problem) {
        int line = 1
                + (int) source.substring(0, Math.min(at, source.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
        return new InvalidConstraintException("grammar, line " + line + ", offset " + at + ": " + problem);
    }
}
