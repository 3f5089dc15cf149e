package bitnet.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A part of a grammar: what texts it stands for. */
sealed interface Expression {
    /** For {@link Repeat}: no upper bound. */
    int UNLIMITED = -1;

    /** The empty text. */
    Expression EMPTY = new Sequence(List.of());

    /** No text at all. */
    Expression NOTHING = new Choice(List.of());

    /** Exactly this text. */
    record Literal(String text) implements Expression {}

    /** One character of a set. */
    record Characters(CodePoints set) implements Expression {}

    /** One part after another. */
    record Sequence(List<Expression> parts) implements Expression {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** Any one of these. */
    record Choice(List<Expression> alternatives) implements Expression {
        public Choice {
            alternatives = List.copyOf(alternatives);
        }
    }

    /** From {@code min} to {@code max} times the same. */
    record Repeat(Expression body, int min, int max) implements Expression {}

    /** A rule of the grammar, which may refer to itself. */
    record Reference(String rule) implements Expression {}

    static Expression literal(String text) {
        return new Literal(text);
    }

    static Expression sequence(Expression... parts) {
        return parts.length == 1 ? parts[0] : new Sequence(Arrays.asList(parts));
    }

    static Expression choice(Expression... alternatives) {
        return alternatives.length == 1 ? alternatives[0] : new Choice(Arrays.asList(alternatives));
    }

    static Expression optional(Expression body) {
        return new Repeat(body, 0, 1);
    }

    /** {@code body} from {@code min} to {@code max} times with a separator in between; the whole may be empty if min is 0. */
    static Expression separated(Expression body, Expression separator, int min, int max) {
        if (max == 0) {
            return EMPTY;
        }
        int more = max == UNLIMITED ? UNLIMITED : max - 1;
        Expression some = sequence(body, new Repeat(sequence(separator, body), Math.max(0, min - 1), more));
        return min == 0 ? optional(some) : some;
    }

    /** All of these, as alternatives. */
    static Expression anyOf(List<? extends Expression> alternatives) {
        return choice(new ArrayList<Expression>(alternatives).toArray(Expression[]::new));
    }
}
