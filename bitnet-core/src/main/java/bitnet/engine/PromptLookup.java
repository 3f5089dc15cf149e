package bitnet.engine;

import java.util.Arrays;

/**
 * Guesses that a text goes on as it did the last time that it came to the same tokens. That is how answers go that extract, correct
 * or rewrite something of the prompt, and how code and tables go.
 */
final class PromptLookup implements DraftSource {
    private static final int LONGEST = 4;
    private static final int SHORTEST = 2;

    @Override
    public int propose(int[] tokens, int length, int[] draft) {
        for (int same = Math.min(LONGEST, length - 1); same >= SHORTEST; same--) {
            int suffix = length - same;
            for (int at = suffix - 1; at >= 0; at--) {
                if (tokens[at] == tokens[suffix] && Arrays.equals(tokens, at, at + same, tokens, suffix, length)) {
                    int period = suffix - at;
                    int known = Math.min(draft.length, period);
                    System.arraycopy(tokens, at + same, draft, 0, known);
                    // Past the end of the text it is its own guess that goes on: it repeats with the same period.
                    for (int i = known; i < draft.length; i++) {
                        draft[i] = draft[i - period];
                    }
                    return draft.length;
                }
            }
        }
        return 0;
    }
}
