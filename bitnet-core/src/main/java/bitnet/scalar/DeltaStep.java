package bitnet.scalar;

import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import bitnet.model.GatedDeltaNet;
import java.util.Arrays;
import java.util.Objects;

/**
 * What gated DeltaNet computes of one token between its projections: the convolution, then for each value head a step of its state
 * and the gated norm of what the step gives. Not thread-safe: owns scratch memory.
 */
public final class DeltaStep {
    private static final float NORM_EPSILON = 1e-6f;

    private final DeltaShape shape;
    private final float scale;
    private final float[] qkv;
    private final float[] lanes = new float[Sum256.LANES];
    private final float[] error;
    private final float[] read;

    /** For models of a shape. */
    public DeltaStep(DeltaShape shape) {
        this.shape = Objects.requireNonNull(shape);
        scale = AttentionScope.scale(shape.headDim());
        qkv = new float[shape.channels()];
        error = new float[shape.headDim()];
        read = new float[shape.headDim()];
    }

    /** Bytes of scratch memory. */
    long memoryBytes() {
        return (long) Float.BYTES * (qkv.length + lanes.length + error.length + read.length);
    }

    /**
     * One row.
     *
     * @param mixed queries, keys and values before the convolution, the gate, alpha and beta, from {@code from} on
     * @param history of the convolution: the last {@code kernel - 1} tokens' channels, the oldest first, from {@code historyFrom} on
     * @param matrices of the value heads, {@code [key dimension][value dimension]} each, from {@code matricesFrom} on
     * @param epsilon of the norm
     */
    public void row(
            GatedDeltaNet net,
            float epsilon,
            float[] mixed,
            int from,
            float[] history,
            int historyFrom,
            float[] matrices,
            int matricesFrom,
            float[] out,
            int to) {
        convolve(net.convolution(), mixed, from, history, historyFrom);
        int dim = shape.headDim();
        int heads = 2 * shape.keyHeads();
        for (int head = 0; head < heads; head++) {
            normalise(head * dim, head < shape.keyHeads() ? scale : 1f);
        }
        int gate = from + shape.channels();
        int alpha = gate + shape.valueWidth();
        int beta = alpha + shape.valueHeads();
        for (int head = 0; head < shape.valueHeads(); head++) {
            float forgotten = Logistic.softplus(mixed[alpha + head] + net.timeBias()[head]);
            float kept = Expn.expn(net.decay()[head] * forgotten);
            float rate = Logistic.sigmoid(mixed[beta + head]);
            int query = head % shape.keyHeads() * dim;
            int at = matricesFrom + head * dim * dim;
            step(matrices, at, query, shape.keyWidth() + query, 2 * shape.keyWidth() + head * dim, kept, rate);
            int place = to + (net.grouped() ? shape.grouped(head) : head) * dim;
            gatedNorm(net.norm(), epsilon, mixed, gate + head * dim, out, place);
        }
    }

    /** Each channel over the last tokens, then SiLU; the token takes the oldest one's place. */
    private void convolve(float[] weights, float[] mixed, int from, float[] history, int historyFrom) {
        int kernel = shape.kernel();
        int channels = shape.channels();
        int past = (kernel - 1) * channels;
        for (int channel = 0; channel < channels; channel++) {
            float sum = 0f;
            for (int k = 0; k < kernel - 1; k++) {
                sum = Math.fma(weights[channel * kernel + k], history[historyFrom + k * channels + channel], sum);
            }
            sum = Math.fma(weights[channel * kernel + kernel - 1], mixed[from + channel], sum);
            qkv[channel] = sum * Logistic.sigmoid(sum);
        }
        if (past > 0) {
            System.arraycopy(history, historyFrom + channels, history, historyFrom, past - channels);
            System.arraycopy(mixed, from, history, historyFrom + past - channels, channels);
        }
    }

    private void normalise(int from, float length) {
        normalise(qkv, from, shape.headDim(), length, lanes);
    }

    /**
     * A head of queries or keys becomes as long as this.
     *
     * @param lanes room for {@link Sum256#LANES} partial sums
     */
    public static void normalise(float[] x, int from, int dim, float length, float[] lanes) {
        float r = 1f / (float) Math.sqrt(Sum256.dot(x, from, x, from, dim, lanes) + NORM_EPSILON);
        for (int i = 0; i < dim; i++) {
            x[from + i] = x[from + i] * r * length;
        }
    }

    private void step(float[] state, int at, int query, int key, int value, float kept, float rate) {
        step(state, at, shape.headDim(), qkv, query, key, value, kept, rate, error, read);
    }

    /**
     * Forgets, corrects what the state has under the key, and reads what it has under the query.
     *
     * @param state has the matrix {@code [dim][dim]} from {@code at} on
     * @param qkv has the query, the key and the value from these indices on
     * @param kept what is left of the state
     * @param rate of what is corrected
     * @param error room for {@code dim} floats
     * @param read becomes what is read
     */
    public static void step(
            float[] state,
            int at,
            int dim,
            float[] qkv,
            int query,
            int key,
            int value,
            float kept,
            float rate,
            float[] error,
            float[] read) {
        Arrays.fill(error, 0, dim, 0f);
        for (int i = 0; i < dim; i++) {
            float k = qkv[key + i];
            int row = at + i * dim;
            for (int c = 0; c < dim; c++) {
                state[row + c] *= kept;
                error[c] = Math.fma(state[row + c], k, error[c]);
            }
        }
        for (int c = 0; c < dim; c++) {
            error[c] = (qkv[value + c] - error[c]) * rate;
        }
        Arrays.fill(read, 0, dim, 0f);
        for (int i = 0; i < dim; i++) {
            float k = qkv[key + i];
            float q = qkv[query + i];
            int row = at + i * dim;
            for (int c = 0; c < dim; c++) {
                state[row + c] = Math.fma(k, error[c], state[row + c]);
                read[c] = Math.fma(state[row + c], q, read[c]);
            }
        }
    }

    private void gatedNorm(float[] weights, float epsilon, float[] gate, int gateFrom, float[] out, int to) {
        RmsNorm.row(read, 0, weights, epsilon, out, to, lanes);
        silu(gate, gateFrom, shape.headDim(), out, to);
    }

    /** {@code out = out * silu(gate)} of {@code n} elements. */
    public static void silu(float[] gate, int from, int n, float[] out, int to) {
        for (int i = 0; i < n; i++) {
            float z = gate[from + i];
            out[to + i] *= z * Logistic.sigmoid(z);
        }
    }
}
