package bitnet.spi;

import java.util.Arrays;

/**
 * The scores of the token after one position, owned by the caller and filled by {@link CompiledModel#forward}: either all
 * of the vocabulary, or only the best few, which a backend may find without computing the rest. Of a model without a head it is
 * the token's vector instead. Not thread-safe.
 */
public final class Logits {
    private final int top;
    private final float[] values;
    private final int[] ids;

    private Logits(int top, float[] values, int[] ids) {
        this.top = top;
        this.values = values;
        this.ids = ids;
    }

    /** Room for the logits of a whole vocabulary, or for a vector of so many floats. */
    public static Logits all(int vocabulary) {
        return new Logits(0, new float[vocabulary], new int[0]);
    }

    /** Room for the {@code k} best tokens. */
    public static Logits top(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("top " + k);
        }
        return new Logits(k, new float[k], new int[k]);
    }

    /** How many of the best are wanted, or 0 if all. */
    public int top() {
        return top;
    }

    /**
     * The scores: indexed by token if all are wanted; else from best to worst, in step with {@link #ids()}, equal scores by
     * ascending id, and -infinity with id -1 past the end of a smaller vocabulary.
     */
    public float[] values() {
        return values;
    }

    /** The tokens of {@link #values()}; empty if all scores are wanted. */
    public int[] ids() {
        return ids;
    }

    /** For backends: takes the scores of the whole vocabulary, and selects where only the best are wanted. NaN ranks last. */
    public void fill(float[] scores) {
        if (top == 0) {
            System.arraycopy(scores, 0, values, 0, values.length);
            return;
        }
        reset();
        for (int id = 0; id < scores.length; id++) {
            offer(id, scores[id]);
        }
    }

    /** For backends: takes the score of one token; after {@link #reset()} every token follows, by ascending id. */
    public void take(int id, float score) {
        if (top == 0) {
            values[id] = score;
        } else {
            offer(id, score);
        }
    }

    /** For backends: offers one candidate of ascending id after {@link #reset()}. */
    public void offer(int id, float score) {
        if (!(score > values[top - 1]) && !(ids[top - 1] < 0 && score == Float.NEGATIVE_INFINITY)) {
            return;
        }
        int at = top - 1;
        while (at > 0 && (ids[at - 1] < 0 || score > values[at - 1])) {
            values[at] = values[at - 1];
            ids[at] = ids[at - 1];
            at--;
        }
        values[at] = score;
        ids[at] = id;
    }

    /** For backends: empties a selection of the best. */
    public void reset() {
        Arrays.fill(values, Float.NEGATIVE_INFINITY);
        Arrays.fill(ids, -1);
    }
}
