package bitnet.scalar;

import bitnet.model.AttentionScope;
import java.util.Arrays;

/**
 * Attention of one row over the positions of its sequence, in chunks of {@value #CHUNK} positions that are computed apart
 * and combined in order.
 */
public final class Attention {
    /** Positions of a chunk. */
    public static final int CHUNK = KvPage.POSITIONS;

    private final int heads;
    private final int group;
    private final int headDim;
    private final float[] keys;
    private final float[] values;
    private final float[] weights = new float[CHUNK];
    // What the chunks of the heads of one group came to; these grow with the sequence.
    private float[] maxima = {};
    private float[] sums = {};
    private float[] outputs = {};

    Attention(int heads, int kvHeads, int headDim) {
        this.heads = heads;
        this.group = heads / kvHeads;
        this.headDim = headDim;
        keys = new float[CHUNK * headDim];
        values = new float[CHUNK * headDim];
    }

    /** All heads of one row, whose queries begin at {@code from}. A page is converted once for the queries that share it. */
    void row(KvCache cache, int layer, int position, AttentionScope scope, float[] q, int from, float[] out, int to) {
        int seen = scope.first(position);
        int firstChunk = seen / CHUNK;
        int chunks = position / CHUNK + 1 - firstChunk;
        reserve(group * chunks);
        for (int first = 0; first < heads; first += group) {
            for (int chunk = 0; chunk < chunks; chunk++) {
                int page = firstChunk + chunk;
                int begin = Math.max(0, seen - page * CHUNK);
                int end = Math.min(CHUNK, position + 1 - page * CHUNK);
                cache.loadKeys(layer, page, first / group, keys);
                cache.loadValues(layer, page, first / group, end, values);
                for (int head = 0; head < group; head++) {
                    int at = head * chunks + chunk;
                    int query = from + (first + head) * headDim;
                    maxima[at] = scores(q, query, headDim, keys, begin, end, scope.scale(), weights);
                    exponentials(weights, begin, end, maxima[at]);
                    weigh(weights, end, values, headDim, outputs, at * headDim);
                    sums[at] = sum(weights);
                }
            }
            for (int head = 0; head < group; head++) {
                combine(maxima, sums, outputs, head * chunks, chunks, headDim, out, to + (first + head) * headDim);
            }
        }
    }

    private void reserve(int entries) {
        if (maxima.length < entries) {
            int capacity = Math.max(entries, 2 * maxima.length);
            maxima = new float[capacity];
            sums = new float[capacity];
            outputs = new float[Math.multiplyExact(capacity, headDim)];
        }
    }

    /**
     * The scores of a chunk.
     *
     * @param keys row {@code d} holds that dimension of all {@value #CHUNK} positions
     * @param begin the first of them that counts
     * @param end after the last of them that counts
     * @param scale of the scores
     * @param scores takes {@value #CHUNK} scores; those that do not count are meaningless
     * @return the largest that counts and is a number, or negative infinity
     */
    public static float scores(
            float[] q, int from, int headDim, float[] keys, int begin, int end, float scale, float[] scores) {
        Arrays.fill(scores, 0f);
        FmaChains.add(q, from, headDim, keys, CHUNK, scores, 0);
        float max = Float.NEGATIVE_INFINITY;
        for (int j = begin; j < end; j++) {
            scores[j] *= scale;
            max = larger(scores[j], max);
        }
        return max;
    }

    /** A score that is NaN is none, and weighs nothing: {@link Expn#expn} of NaN is 0. */
    private static float larger(float score, float max) {
        return score > max ? score : max;
    }

    /** Replaces the scores that count by {@code expn(score - max)}, and the others by 0. */
    public static void exponentials(float[] scores, int begin, int end, float max) {
        Arrays.fill(scores, 0, begin, 0f);
        for (int j = begin; j < end; j++) {
            scores[j] = Expn.expn(scores[j] - max);
        }
        Arrays.fill(scores, end, CHUNK, 0f);
    }

    /** The weighted sum of the values up to the last that counts; row {@code j} of {@code values} is position {@code j}. */
    public static void weigh(float[] weights, int positions, float[] values, int headDim, float[] out, int to) {
        Arrays.fill(out, to, to + headDim, 0f);
        FmaChains.add(weights, 0, positions, values, headDim, out, to);
    }

    /** The sum of {@value #CHUNK} weights by a tree, which overwrites them. */
    public static float sum(float[] weights) {
        for (int stride = CHUNK / 2; stride > 0; stride /= 2) {
            for (int i = 0; i < stride; i++) {
                weights[i] += weights[i + stride];
            }
        }
        return weights[0];
    }

    /** Brings the chunks {@code from .. from + chunks} together, first to last. */
    public static void combine(
            float[] maxima, float[] sums, float[] outputs, int from, int chunks, int headDim, float[] out, int to) {
        float max = Float.NEGATIVE_INFINITY;
        for (int c = from; c < from + chunks; c++) {
            max = larger(maxima[c], max);
        }
        Arrays.fill(out, to, to + headDim, 0f);
        float sum = 0f;
        for (int c = from; c < from + chunks; c++) {
            float e = Expn.expn(maxima[c] - max);
            sum = Math.fma(sums[c], e, sum);
            for (int d = 0; d < headDim; d++) {
                out[to + d] = Math.fma(outputs[c * headDim + d], e, out[to + d]);
            }
        }
        for (int d = 0; d < headDim; d++) {
            out[to + d] /= sum;
        }
    }
}
