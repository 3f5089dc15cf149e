package bitnet.cpu.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import bitnet.cpu.DeltaWeights;
import bitnet.cpu.FloatRows;
import bitnet.cpu.PagedCache;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import bitnet.scalar.DeltaStep;
import bitnet.scalar.Expn;
import bitnet.scalar.Logistic;
import bitnet.scalar.RmsNorm;
import bitnet.scalar.Sum256;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;

/**
 * Gated DeltaNet between its projections, with the contract's order from {@code bitnet.scalar}, whose loops over the columns of a
 * matrix the compiler turns into vectors. A layer of a state has the matrices of all value heads, then the convolution's history. A
 * matrix is copied once for the rows of a sequence. Not thread-safe.
 */
final class VectorDeltaNet {
    private final DeltaShape shape;
    private final float epsilon;
    private final float[] matrix;
    private final float[] lanes = new float[Sum256.LANES];
    private final float[] weights;
    /** Query, key and value of a head. */
    private final float[] qkv;

    private final float[] gate;
    private final float[] error;
    private final float[] read;
    private final float[] out;

    VectorDeltaNet(DeltaShape shape, float epsilon) {
        this.shape = shape;
        this.epsilon = epsilon;
        int dim = shape.headDim();
        matrix = new float[dim * dim];
        weights = new float[dim];
        qkv = new float[3 * dim];
        gate = new float[dim];
        error = new float[dim];
        read = new float[dim];
        out = new float[dim];
    }

    /** All rows of the step, for a key head and the value heads that go with it. */
    void run(int layer, DeltaWeights net, Step step, int keyHead, FloatRows mixed, FloatRows to) {
        for (int row = 0; row < step.rows(); row++) {
            prepare(net, history(step, row, layer), keyHead, mixed, row);
        }
        for (int head = keyHead; head < shape.valueHeads(); head += shape.keyHeads()) {
            valueHead(layer, net, step, keyHead, head, mixed, to);
        }
    }

    private MemorySegment layer(Step step, int row, int layer) {
        long bytes = (shape.matrixFloats() + shape.historyFloats()) * Float.BYTES;
        return ((PagedCache) step.cache(row)).state().asSlice(layer * bytes, bytes);
    }

    private MemorySegment history(Step step, int row, int layer) {
        return layer(step, row, layer).asSlice(shape.matrixFloats() * Float.BYTES);
    }

    private void prepare(DeltaWeights net, MemorySegment history, int keyHead, FloatRows mixed, int row) {
        int dim = shape.headDim();
        long at = row * mixed.stride();
        long query = at + (long) keyHead * dim;
        long key = query + shape.keyWidth();
        long value = key + shape.keyWidth();
        convolve(net, history, mixed.data(), at, query);
        convolve(net, history, mixed.data(), at, key);
        for (int head = keyHead; head < shape.valueHeads(); head += shape.keyHeads()) {
            convolve(net, history, mixed.data(), at, value + (long) (head - keyHead) * dim);
        }
        normalise(mixed.data(), query, AttentionScope.scale(dim));
        normalise(mixed.data(), key, 1);
    }

    /** The channels of a head, in place. */
    private void convolve(DeltaWeights net, MemorySegment history, MemorySegment mixed, long row, long from) {
        int past = shape.kernel() - 1;
        int channels = shape.channels();
        MemorySegment convolution = net.convolution();
        for (int i = 0; i < shape.headDim(); i++) {
            long channel = from - row + i;
            float own = mixed.getAtIndex(JAVA_FLOAT, from + i);
            float sum = 0;
            for (int k = 0; k < past; k++) {
                long at = (long) k * channels + channel;
                float u = history.getAtIndex(JAVA_FLOAT, at);
                sum = Math.fma(convolution.getAtIndex(JAVA_FLOAT, at), u, sum);
                if (k > 0) {
                    history.setAtIndex(JAVA_FLOAT, at - channels, u);
                }
            }
            long last = (long) past * channels + channel;
            sum = Math.fma(convolution.getAtIndex(JAVA_FLOAT, last), own, sum);
            if (past > 0) {
                history.setAtIndex(JAVA_FLOAT, last - channels, own);
            }
            mixed.setAtIndex(JAVA_FLOAT, from + i, sum * Logistic.sigmoid(sum));
        }
    }

    private void normalise(MemorySegment mixed, long from, float length) {
        int dim = shape.headDim();
        MemorySegment.copy(mixed, JAVA_FLOAT, from * Float.BYTES, qkv, 0, dim);
        DeltaStep.normalise(qkv, 0, dim, length, lanes);
        MemorySegment.copy(qkv, 0, mixed, JAVA_FLOAT, from * Float.BYTES, dim);
    }

    @SuppressWarnings("ReferenceEquality") // one cache object is one sequence
    private void valueHead(
            int layer, DeltaWeights net, Step step, int keyHead, int head, FloatRows mixed, FloatRows to) {
        int dim = shape.headDim();
        long matrixAt = (long) head * dim * dim * Float.BYTES;
        MemorySegment.copy(net.norm(), JAVA_FLOAT, 0, weights, 0, dim);
        float bias = net.timeBias().getAtIndex(JAVA_FLOAT, head);
        float decay = net.decay().getAtIndex(JAVA_FLOAT, head);
        int place = net.grouped() ? shape.grouped(head) : head;
        int gates = shape.channels();
        int alphas = gates + shape.valueWidth();
        int betas = alphas + shape.valueHeads();
        for (int row = 0; row < step.rows(); row++) {
            if (row == 0 || step.cache(row) != step.cache(row - 1)) {
                MemorySegment.copy(layer(step, row, layer), JAVA_FLOAT, matrixAt, matrix, 0, matrix.length);
            }
            float alpha = element(mixed, row, alphas + head);
            float kept = Expn.expn(decay * Logistic.softplus(alpha + bias));
            float rate = Logistic.sigmoid(element(mixed, row, betas + head));
            load(mixed, row, keyHead * dim, qkv, 0);
            load(mixed, row, shape.keyWidth() + keyHead * dim, qkv, dim);
            load(mixed, row, 2 * shape.keyWidth() + head * dim, qkv, 2 * dim);
            load(mixed, row, gates + head * dim, gate, 0);
            DeltaStep.step(matrix, 0, dim, qkv, 0, dim, 2 * dim, kept, rate, error, read);
            RmsNorm.row(read, 0, weights, epsilon, out, 0, lanes);
            DeltaStep.silu(gate, 0, dim, out, 0);
            long at = (row * to.stride() + (long) place * dim) * Float.BYTES;
            MemorySegment.copy(out, 0, to.data(), JAVA_FLOAT, at, dim);
            if (row + 1 == step.rows() || step.cache(row + 1) != step.cache(row)) {
                MemorySegment.copy(matrix, 0, layer(step, row, layer), JAVA_FLOAT, matrixAt, matrix.length);
            }
        }
    }

    private static float element(FloatRows rows, int row, int column) {
        return rows.data().getAtIndex(JAVA_FLOAT, row * rows.stride() + column);
    }

    private void load(FloatRows rows, int row, int column, float[] to, int at) {
        long from = (row * rows.stride() + column) * Float.BYTES;
        MemorySegment.copy(rows.data(), JAVA_FLOAT, from, to, at, shape.headDim());
    }
}
