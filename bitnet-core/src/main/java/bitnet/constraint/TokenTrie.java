package bitnet.constraint;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A vocabulary by the bytes of its tokens, as a tree laid out in the order in which one walks it: a node that does not fit is
 * left with all below it by one jump. Immutable.
 */
final class TokenTrie {
    private final List<byte[]> bytes;
    private final BitSet endings = new BitSet();
    // of each node: its byte and depth, the node behind its subtree, and the first of the tokens that end at it
    private final byte[] labels;
    private final short[] depths;
    private final int[] behind;
    private final int[] firstToken;
    // in the order of their nodes: those of a node come before the first one of the next node
    private final int[] tokens;
    private final int size;
    private final int deepest;

    /**
     * @param bytes by token; an empty one stands for no text and is never allowed
     * @param endings tokens that end an answer, which are allowed where it may end
     */
    TokenTrie(List<byte[]> bytes, Set<Integer> endings) {
        this.bytes = bytes;
        endings.forEach(this.endings::set);
        int[] order = IntStream.range(0, bytes.size())
                .filter(token -> bytes.get(token).length > 0
                        && bytes.get(token).length <= Short.MAX_VALUE
                        && !endings.contains(token))
                .boxed()
                .sorted(Comparator.comparing(bytes::get, Arrays::compareUnsigned))
                .mapToInt(Integer::intValue)
                .toArray();
        int most = 0;
        byte[] before = {};
        for (int token : order) {
            most += bytes.get(token).length - shared(before, bytes.get(token));
            before = bytes.get(token);
        }
        labels = new byte[most];
        depths = new short[most];
        behind = new int[most];
        firstToken = new int[most + 1];
        tokens = order;
        size = most;
        deepest = build();
    }

    private int build() {
        byte[] before = {};
        int node = 0;
        int most = 0;
        int[] path = new int[1];
        for (int i = 0; i < tokens.length; i++) {
            byte[] token = bytes.get(tokens[i]);
            int common = shared(before, token);
            for (int depth = common; depth < before.length; depth++) {
                behind[path[depth]] = node;
            }
            if (path.length < token.length) {
                path = Arrays.copyOf(path, token.length * 2);
            }
            for (int depth = common; depth < token.length; depth++) {
                path[depth] = node;
                labels[node] = token[depth];
                depths[node] = (short) depth;
                firstToken[node] = i;
                node++;
            }
            most = Math.max(most, token.length);
            before = token;
        }
        for (int depth = 0; depth < before.length; depth++) {
            behind[path[depth]] = node;
        }
        firstToken[size] = tokens.length;
        return most;
    }

    private static int shared(byte[] a, byte[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    int vocabulary() {
        return bytes.size();
    }

    boolean ends(int token) {
        return endings.get(token);
    }

    byte[] bytes(int token) {
        return bytes.get(token);
    }

    /** The tokens that fit behind a state, one bit each. */
    long[] allowed(States states, State state) {
        long[] mask = new long[(bytes.size() + 63) / 64];
        if (state.accepting) {
            endings.stream().forEach(token -> mask[token >> 6] |= 1L << token);
        }
        State[] path = new State[deepest + 1];
        path[0] = state;
        for (int node = 0; node < size; ) {
            State next = states.after(path[depths[node]], labels[node] & 0xFF);
            if (next == State.DEAD) {
                node = behind[node];
                continue;
            }
            path[depths[node] + 1] = next;
            for (int i = firstToken[node]; i < firstToken[node + 1]; i++) {
                mask[tokens[i] >> 6] |= 1L << tokens[i];
            }
            node++;
        }
        return mask;
    }
}
