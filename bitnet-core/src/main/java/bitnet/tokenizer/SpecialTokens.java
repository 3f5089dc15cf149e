package bitnet.tokenizer;

import bitnet.ModelFormatException;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The tokens that are found in text as a whole, before any merging: those that a user added, and the control tokens. At
 * each place the longest one is taken. A trie, so that a text costs its length times, at worst, the longest such token's.
 */
final class SpecialTokens {
    /** Those in use have some 30; a text costs up to this much a character. */
    private static final int LONGEST = 256;

    private final String source;
    private final LongIntMap children = new LongIntMap(4096);
    /** By node: the token that ends there, or -1. */
    private int[] token = new int[1024];

    private boolean[] control = new boolean[1024];
    private int nodes = 1;

    SpecialTokens(TokenizerSpec spec) {
        source = spec.source();
        Arrays.fill(token, -1);
        for (int id = 0; id < spec.tokens().size(); id++) {
            switch (spec.types().get(id)) {
                case CONTROL, UNKNOWN -> add(spec.tokens().get(id), id, true);
                case USER_DEFINED -> add(spec.tokens().get(id), id, false);
                case NORMAL, UNUSED, BYTE -> {}
            }
        }
    }

    private void add(String spelling, int id, boolean isControl) {
        if (spelling.isEmpty()) {
            return;
        }
        if (spelling.length() > LONGEST) {
            throw new ModelFormatException(
                    source,
                    "token " + id,
                    "found a special token of " + spelling.length() + " characters, expected at most " + LONGEST);
        }
        int node = 0;
        for (int i = 0; i < spelling.length(); i++) {
            node = children.putIfAbsent(edge(node, spelling.charAt(i)), nodes);
            if (node == nodes) {
                nodes++;
                if (nodes > token.length) {
                    int old = token.length;
                    token = Arrays.copyOf(token, old * 2);
                    Arrays.fill(token, old, token.length, -1);
                    control = Arrays.copyOf(control, old * 2);
                }
            }
        }
        if (token[node] < 0) {
            token[node] = id;
            control[node] = isControl;
        }
    }

    /** Whether there are any. */
    boolean isEmpty() {
        return nodes == 1;
    }

    /**
     * The longest special token that starts at a place of a text, or -1.
     *
     * @param templateEnd up to where the template wrote the text from that place on; the place itself if it did not
     * @param reserved the tokens, other than control tokens, that are found in what the template wrote only
     */
    int match(String text, int at, int templateEnd, IntPredicate reserved) {
        int found = -1;
        int node = 0;
        for (int i = at; i < text.length(); i++) {
            node = children.get(edge(node, text.charAt(i)));
            if (node < 0) {
                break;
            }
            if (token[node] >= 0 && (i < templateEnd || !(control[node] || reserved.test(token[node])))) {
                found = token[node];
            }
        }
        return found;
    }

    private static long edge(int node, char c) {
        return ((long) node << 16) | c;
    }
}
