package bitnet.tokenizer;

import java.util.Arrays;

/**
 * The tokens that are found in text as a whole, before any merging: those that a user added, and the control tokens. At
 * each place the longest one is taken. A trie, so that a text costs its length times, at worst, the longest such token's.
 */
final class SpecialTokens {
    private final LongIntMap children = new LongIntMap(4096);
    /** By node: the token that ends there, or -1. */
    private int[] token = new int[1024];

    private boolean[] control = new boolean[1024];
    private int nodes = 1;
    private boolean hasUserDefined;

    SpecialTokens(TokenizerSpec spec) {
        Arrays.fill(token, -1);
        for (int id = 0; id < spec.tokens().size(); id++) {
            switch (spec.types().get(id)) {
                case CONTROL, UNKNOWN -> add(spec.tokens().get(id), id, true);
                case USER_DEFINED -> {
                    hasUserDefined = true;
                    add(spec.tokens().get(id), id, false);
                }
                case NORMAL, UNUSED, BYTE -> {}
            }
        }
    }

    private void add(String spelling, int id, boolean isControl) {
        if (spelling.isEmpty()) {
            return;
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

    /** Whether a text may contain such tokens at all. */
    boolean any(boolean withControl) {
        return withControl ? nodes > 1 : hasUserDefined;
    }

    /** The longest special token that starts at a place of a text, or -1. */
    int match(String text, int at, boolean withControl) {
        int found = -1;
        int node = 0;
        for (int i = at; i < text.length(); i++) {
            node = children.get(edge(node, text.charAt(i)));
            if (node < 0) {
                break;
            }
            if (token[node] >= 0 && (withControl || !control[node])) {
                found = token[node];
            }
        }
        return found;
    }

    private static long edge(int node, char c) {
        return ((long) node << 16) | c;
    }
}
