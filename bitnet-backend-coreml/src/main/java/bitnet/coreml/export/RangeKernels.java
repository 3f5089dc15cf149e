package bitnet.coreml.export;

import bitnet.HeadType;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.scalar.ScalarFloats;
import bitnet.scalar.ScalarKernels;
import bitnet.scalar.ScalarQuantized;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The scalar kernels, with an eye on how large values become. */
final class RangeKernels implements Kernels {
    private final ModelConfig config;
    private final ExportOptions options;
    private final ScalarKernels kernels;
    private final List<Ranges.Block> blocks;
    private int tokens;
    /** The block that is at work: the first until a residual was added to twice, and so on. */
    private int additions;

    private float residual;
    private float outputNorm;

    RangeKernels(ModelConfig config, CompileOptions compile, ExportOptions options) {
        this.config = config;
        this.options = options;
        this.kernels = new ScalarKernels(config, compile);
        this.blocks = new ArrayList<>(Collections.nCopies(config.layers(), Ranges.Block.NONE));
    }

    Ranges ranges(float logits) {
        return new Ranges(tokens, residual, blocks, outputNorm, logits);
    }

    @Override
    public Floats floats(int columns) {
        return kernels.floats(columns);
    }

    @Override
    public Quantized quantized(int columns, ActivationPrecision precision) {
        return kernels.quantized(columns, precision);
    }

    @Override
    public Gain gain(float[] weights) {
        return kernels.gain(weights);
    }

    @Override
    public TernaryMatrix ternary(List<TernaryTensor> stacked) {
        return kernels.ternary(stacked);
    }

    @Override
    public Embedding embedding(TokenTable table) {
        return kernels.embedding(table);
    }

    @Override
    public Head head(TokenTable table, HeadType type) {
        return kernels.head(table, type);
    }

    @Override
    public long pageBytes() {
        return kernels.pageBytes();
    }

    @Override
    public Page page() {
        return kernels.page();
    }

    @Override
    public void copy(Page from, Page to) {
        kernels.copy(from, to);
    }

    @Override
    public void free(Page page) {
        kernels.free(page);
    }

    @Override
    public Cache cache() {
        return kernels.cache();
    }

    @Override
    public void run(Step step, Runnable program) {
        tokens = step.rows();
        additions = 0;
        kernels.run(step, program);
    }

    @Override
    public void embed(Embedding table, Floats x) {
        kernels.embed(table, x);
        watchResidual(x);
    }

    @Override
    public void normQuantize(Floats x, Gain gain, Quantized q) {
        kernels.normQuantize(x, gain, q);
        watchNormed(q);
    }

    @Override
    public void quantize(Floats x, Quantized q) {
        kernels.quantize(x, q);
        watchNormed(q);
    }

    @Override
    public void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y) {
        kernels.ternaryMatmul(w, q, y);
    }

    @Override
    public void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats x) {
        kernels.ternaryMatmulAdd(w, q, x);
        watchResidual(x);
        additions++;
        options.cancellation().check();
        options.progress().at(additions, 4L * config.layers());
    }

    @Override
    public void ropeStore(int layer, Floats qkv) {
        watchAttention(layer, qkv);
        kernels.ropeStore(layer, qkv);
        watchAttention(layer, qkv);
    }

    @Override
    public void attention(int layer, Floats qkv, Floats out) {
        kernels.attention(layer, qkv, out);
    }

    @Override
    public void gate(Activation activation, Floats gateUp, Floats h) {
        int width = config.feedForward();
        float gate = largest(gateUp, 0, width);
        float up = largest(gateUp, width, 2 * width);
        kernels.gate(activation, gateUp, h);
        blocks.set(block(), blocks.get(block()).withGate(gate, up, largest(h, 0, width)));
    }

    @Override
    public void outputNorm(Floats x, Gain gain, Floats y) {
        kernels.outputNorm(x, gain, y);
        for (int i = 0; i < config.hidden(); i++) {
            outputNorm = Ranges.larger(outputNorm, Math.abs(((ScalarFloats) y).data()[i]));
        }
    }

    @Override
    public void logits(Head head, Floats y) {
        kernels.logits(head, y);
    }

    @Override
    public long memoryBytes() {
        return kernels.memoryBytes();
    }

    @Override
    public void close() {
        kernels.close();
    }

    private int block() {
        return additions / 2;
    }

    private void watchResidual(Floats x) {
        residual = Ranges.larger(residual, largest(x, 0, config.hidden()));
    }

    /** The largest activation became 127. */
    private void watchNormed(Quantized q) {
        float normed = 0;
        for (int row = 0; row < tokens; row++) {
            normed = Ranges.larger(normed, 127 / ((ScalarQuantized) q).factors()[row]);
        }
        blocks.set(block(), blocks.get(block()).withNormed(normed));
    }

    private void watchAttention(int layer, Floats qkv) {
        int keys = config.queryWidth();
        int values = keys + config.kvWidth();
        double scores = longest(qkv, 0, keys) * longest(qkv, keys, values) / Math.sqrt(config.headDim());
        blocks.set(
                layer,
                blocks.get(layer)
                        .withAttention(
                                largest(qkv, 0, keys),
                                largest(qkv, keys, values),
                                (float) scores,
                                largest(qkv, values, values + config.kvWidth())));
    }

    /** The largest magnitude in some columns of all rows. */
    private float largest(Floats x, int from, int to) {
        ScalarFloats rows = (ScalarFloats) x;
        float largest = 0;
        for (int row = 0; row < tokens; row++) {
            for (int i = from; i < to; i++) {
                largest = Ranges.larger(largest, Math.abs(rows.data()[row * rows.columns() + i]));
            }
        }
        return largest;
    }

    /** The largest norm of a head in some columns of all rows. */
    private double longest(Floats x, int from, int to) {
        ScalarFloats rows = (ScalarFloats) x;
        double longest = 0;
        for (int row = 0; row < tokens; row++) {
            for (int head = from; head < to; head += config.headDim()) {
                double squares = 0;
                for (int i = head; i < head + config.headDim(); i++) {
                    double value = rows.data()[row * rows.columns() + i];
                    squares += value * value;
                }
                longest = Math.max(longest, squares);
            }
        }
        return Math.sqrt(longest);
    }
}
