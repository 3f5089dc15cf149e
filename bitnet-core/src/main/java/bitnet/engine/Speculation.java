package bitnet.engine;

import java.util.function.IntToDoubleFunction;

/**
 * How many guessed tokens a step computes beside the one that is due: as many as make tokens come soonest, by how often guesses were
 * right and by how much longer a step takes with more rows. None where guesses do not pay. Whether they would have been right is
 * watched all the same. Not thread-safe.
 */
final class Speculation {
    /** Numbers of guesses to choose from: with the token that is due they fill steps of two, four and eight. */
    private static final int[] COUNTS = {1, 3, 7};

    static final int MOST = COUNTS[COUNTS.length - 1];
    // the share of right guesses: what is believed at first, and how fast it follows what is seen
    private static final double FIRST_SHARE = 0.7;
    private static final double FOLLOW = 0.25;
    /** Less than this is within what measurements of steps differ by. */
    private static final double LEAST_GAIN = 1.05;

    private final DraftSource source;
    private final int[] draft = new int[MOST];
    private double share = FIRST_SHARE;
    /** Guesses of which one is to be compared with the next token. */
    private int guesses;

    private int compared;

    Speculation(DraftSource source) {
        this.source = source;
    }

    /**
     * Guesses.
     *
     * @param tokens an array that begins with the text, and has room for what follows
     * @param length the text's length
     * @param most how many guesses there is room for
     * @param longer how many times as long as without a step takes with so many rows more
     * @return how many guesses are worth to be computed; they stand behind the text then
     */
    int propose(int[] tokens, int length, int most, IntToDoubleFunction longer) {
        compared = 0;
        guesses = source.propose(tokens, length, draft);
        int best = 0;
        double bestGain = LEAST_GAIN;
        for (int count : COUNTS) {
            int used = Math.min(count, Math.min(guesses, most));
            double gain = used <= best ? 0 : expected(used) / longer.applyAsDouble(used);
            if (gain > bestGain) {
                bestGain = gain;
                best = used;
            }
        }
        System.arraycopy(draft, 0, tokens, length, best);
        return best;
    }

    /** Tokens that a step gives with so many guesses, in the mean. */
    private double expected(int count) {
        double tokens = 1;
        double right = 1;
        for (int i = 0; i < count; i++) {
            right *= share;
            tokens += right;
        }
        return tokens;
    }

    /** The next token of the text since {@link #propose}. */
    void chosen(int token) {
        if (compared < guesses) {
            boolean right = draft[compared] == token;
            share += FOLLOW * ((right ? 1 : 0) - share);
            compared = right ? compared + 1 : guesses;
        }
    }
}
