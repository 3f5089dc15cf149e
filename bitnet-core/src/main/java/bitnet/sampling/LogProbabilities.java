package bitnet.sampling;

import bitnet.spi.Logits;

/**
 * Natural logarithms of the probabilities that logits stand for, {@code logit - log(sum of exp(logits))}, before any
 * penalty or temperature. In double precision, in the order of the tokens. Not thread-safe.
 */
public final class LogProbabilities {
    private final Logits best;
    private float[] logits = new float[0];
    private double logSum;

    /**
     * @param count how many of the best tokens are wanted, at least 1
     * @param vocabulary number of tokens
     */
    public LogProbabilities(int count, int vocabulary) {
        best = Logits.top(Math.min(count, vocabulary));
    }

    /** Takes the logits of a whole vocabulary, which must not change until the results have been read. */
    public void take(float[] values) {
        logits = values;
        best.fill(values);
        double max = best.values()[0];
        double sum = 0;
        for (float value : values) {
            sum += StrictMath.exp(value - max);
        }
        logSum = max + StrictMath.log(sum);
    }

    /** The log-probability of a token. */
    public float of(int token) {
        return (float) (logits[token] - logSum);
    }

    /** How many of the best there are. */
    public int count() {
        return best.top();
    }

    /** The token at a rank, from 0 for the most probable. */
    public int best(int rank) {
        return best.ids()[rank];
    }
}
