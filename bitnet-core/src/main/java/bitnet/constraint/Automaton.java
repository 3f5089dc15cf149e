package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A grammar as a nondeterministic automaton over bytes of UTF-8, with calls of rules. Node 0 does not exist; a node either reads a
 * byte of a range, branches, calls a rule, or ends one. Immutable.
 */
final class Automaton {
    /** Kinds of nodes. */
    enum Kind {
        /** Reads a byte from {@link #low} to {@link #high} and goes on at {@link #next}. */
        BYTES,
        /** Goes on at {@link #next} and at {@link #other} without reading. */
        BRANCH,
        /** Runs the rule that starts at {@link #other}, then goes on at {@link #next}. */
        CALL,
        /** The end of a rule. */
        END
    }

    // 12 bytes a node: a limit for what a request may ask for, far beyond what schemas need
    private static final int MAX_NODES = 1 << 20;

    private Kind[] kinds = new Kind[256];
    private int[] next = new int[256];
    private int[] other = new int[256];
    private int size = 1;
    private final int start;
    private final BitSet productive;

    private final Map<String, Expression> rules;
    private final Map<String, Integer> starts = new LinkedHashMap<>();
    // equal byte nodes are one: the tails of UTF-8 ranges mostly are
    private final Map<Long, Integer> byteNodes = new HashMap<>();

    /**
     * @throws InvalidConstraintException if a rule is missing, calls itself before it has read a byte, or the whole is too large
     */
    Automaton(Grammar grammar) {
        rules = grammar.rules();
        for (String rule : rules.keySet()) {
            starts.put(rule, add(Kind.BRANCH, 0, 0));
        }
        for (Map.Entry<String, Expression> rule : rules.entrySet()) {
            int end = add(Kind.END, 0, 0);
            int begin = build(rule.getValue(), end);
            int head = startOf(rule.getKey());
            next[head] = begin;
            other[head] = begin;
        }
        start = startOf(grammar.root());
        byteNodes.clear();
        productive = Productive.nodes(this);
        if (!productive.get(start)) {
            throw new InvalidConstraintException("no text fits the constraint");
        }
        new LeftRecursion(this, starts).check();
    }

    int start() {
        return start;
    }

    int size() {
        return size;
    }

    /** Whether some text leads from this node to the end of its rule. */
    boolean isProductive(int node) {
        return productive.get(node);
    }

    Kind kind(int node) {
        return kinds[node];
    }

    int next(int node) {
        return next[node];
    }

    int other(int node) {
        return other[node];
    }

    int low(int node) {
        return other[node] & 0xFF;
    }

    int high(int node) {
        return other[node] >> 8;
    }

    private int startOf(String rule) {
        Integer node = starts.get(rule);
        if (node == null) {
            throw new InvalidConstraintException("the grammar has no rule named '" + rule + "'");
        }
        return node;
    }

    private int add(Kind kind, int nextNode, int otherNode) {
        if (size == MAX_NODES) {
            throw new InvalidConstraintException(
                    "the constraint takes more than " + MAX_NODES + " steps: its counts or alternatives are too many");
        }
        if (size == next.length) {
            kinds = Arrays.copyOf(kinds, size * 2);
            next = Arrays.copyOf(next, size * 2);
            other = Arrays.copyOf(other, size * 2);
        }
        kinds[size] = kind;
        next[size] = nextNode;
        other[size] = otherNode;
        return size++;
    }

    private int bytes(int low, int high, int nextNode) {
        long key = (long) nextNode << 16 | low << 8 | high;
        return byteNodes.computeIfAbsent(key, _ -> add(Kind.BYTES, nextNode, high << 8 | low));
    }

    private int branch(int first, int second) {
        return first == 0 ? second : second == 0 ? first : add(Kind.BRANCH, first, second);
    }

    /** The node where an expression begins that goes on at {@code after}; 0 if no text fits the expression. */
    private int build(Expression expression, int after) {
        return switch (expression) {
            case Expression.Literal(String text) -> literal(text, after);
            case Expression.Characters(CodePoints set) -> characters(set, after);
            case Expression.Sequence(var parts) -> {
                int node = after;
                for (int i = parts.size() - 1; i >= 0 && node != 0; i--) {
                    node = build(parts.get(i), node);
                }
                yield node;
            }
            case Expression.Choice(var alternatives) -> {
                int node = 0;
                for (int i = alternatives.size() - 1; i >= 0; i--) {
                    node = branch(build(alternatives.get(i), after), node);
                }
                yield node;
            }
            case Expression.Repeat(Expression body, int min, int max) -> repeat(body, min, max, after);
            case Expression.Reference(String rule) -> add(Kind.CALL, after, startOf(rule));
        };
    }

    private int literal(String text, int after) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int node = after;
        for (int i = utf8.length - 1; i >= 0; i--) {
            node = bytes(utf8[i] & 0xFF, utf8[i] & 0xFF, node);
        }
        return node;
    }

    private int repeat(Expression body, int min, int max, int after) {
        int node = after;
        if (max == Expression.UNLIMITED) {
            int loop = add(Kind.BRANCH, after, after);
            int begin = build(body, loop);
            next[loop] = begin == 0 ? after : begin;
            node = loop;
        } else {
            for (int i = min; i < max; i++) {
                int begin = build(body, node);
                node = begin == 0 ? after : branch(begin, after);
            }
        }
        for (int i = 0; i < min && node != 0; i++) {
            node = build(body, node);
        }
        return node;
    }

    private int characters(CodePoints set, int after) {
        int node = 0;
        for (CodePoints.Range range : set.ranges()) {
            int first = range.first();
            for (int limit : new int[] {0x7F, 0x7FF, 0xFFFF, 0x10FFFF}) {
                if (first <= Math.min(limit, range.last())) {
                    node = branch(utf8(first, Math.min(limit, range.last()), after), node);
                    first = limit + 1;
                }
            }
        }
        return node;
    }

    /** A range of characters whose UTF-8 has equally many bytes. */
    private int utf8(int first, int last, int after) {
        return utf8(encoded(first), encoded(last), 0, after);
    }

    private int utf8(byte[] first, byte[] last, int at, int after) {
        int low = first[at] & 0xFF;
        int high = last[at] & 0xFF;
        if (at == first.length - 1) {
            return bytes(low, high, after);
        }
        if (low == high) {
            return bytes(low, low, utf8(first, last, at + 1, after));
        }
        int node = 0;
        if (!rest(first, at + 1, 0x80)) {
            node = bytes(low, low, utf8(first, filled(first, at + 1, 0xBF), at + 1, after));
            low++;
        }
        if (!rest(last, at + 1, 0xBF)) {
            node = branch(bytes(high, high, utf8(filled(last, at + 1, 0x80), last, at + 1, after)), node);
            high--;
        }
        if (low <= high) {
            int tail = after;
            for (int i = at + 1; i < first.length; i++) {
                tail = bytes(0x80, 0xBF, tail);
            }
            node = branch(bytes(low, high, tail), node);
        }
        return node;
    }

    private static byte[] encoded(int codePoint) {
        return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean rest(byte[] bytes, int from, int value) {
        for (int i = from; i < bytes.length; i++) {
            if ((bytes[i] & 0xFF) != value) {
                return false;
            }
        }
        return true;
    }

    private static byte[] filled(byte[] bytes, int from, int value) {
        byte[] copy = bytes.clone();
        Arrays.fill(copy, from, copy.length, (byte) value);
        return copy;
    }
}
