package bitnet.forward;

import bitnet.model.ActivationPrecision;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of a BitNet transformer, over any {@link Kernels}. This is the one place that knows the order of
 * operations; a backend that fuses or records them, or writes them into another format, runs this program to learn it.
 */
public final class ForwardPass {
    private final ModelConfig config;
    private final Kernels kernels;
    private final Kernels.Embedding embedding;
    private final Kernels.Head head;
    private final Kernels.Gain outputNorm;
    private final List<Block> blocks;
    private final Kernels.Floats residual;
    private final Kernels.Floats qkv;
    private final Kernels.Floats attended;
    private final Kernels.Floats gateUp;
    private final Kernels.Floats gated;
    private final Kernels.Floats normed;
    private final Kernels.Quantized quantizedHidden;
    private final Kernels.Quantized quantizedAttended;
    private final Kernels.Quantized quantizedGated;

    private record Block(
            Kernels.Gain attentionNorm,
            Kernels.TernaryMatrix qkv,
            Kernels.@Nullable Gain attentionSubNorm,
            Kernels.TernaryMatrix output,
            Kernels.Gain feedForwardNorm,
            Kernels.TernaryMatrix gateUp,
            Kernels.@Nullable Gain feedForwardSubNorm,
            Kernels.TernaryMatrix down) {}

    /**
     * Gives the model's tensors to the kernels, one after another.
     *
     * @throws java.util.concurrent.CancellationException if the options' cancellation said so between two layers
     */
    public ForwardPass(Transformer model, Kernels kernels, CompileOptions options) {
        this.config = model.config();
        this.kernels = kernels;
        int total = config.layers() + 1;
        blocks = new ArrayList<>(config.layers());
        for (Layer layer : model.layers()) {
            options.cancellation().check();
            options.progress().at(blocks.size(), total);
            blocks.add(block(layer));
        }
        options.cancellation().check();
        options.progress().at(config.layers(), total);
        embedding = kernels.embedding(model.embedding());
        head = kernels.head(model.head(), options.head());
        outputNorm = kernels.gain(model.outputNorm());
        residual = kernels.floats(config.hidden());
        qkv = kernels.floats(config.queryWidth() + 2 * config.kvWidth());
        attended = kernels.floats(config.queryWidth());
        gateUp = kernels.floats(2 * config.feedForward());
        gated = kernels.floats(config.feedForward());
        normed = kernels.floats(config.hidden());
        ActivationPrecision precision =
                model.layers().getFirst().query().granularity().activations();
        quantizedHidden = kernels.quantized(config.hidden(), precision);
        quantizedAttended = kernels.quantized(config.queryWidth(), precision);
        quantizedGated = kernels.quantized(config.feedForward(), precision);
        options.progress().at(total, total);
    }

    private Block block(Layer layer) {
        return new Block(
                kernels.gain(layer.attentionNorm()),
                kernels.ternary(List.of(layer.query(), layer.key(), layer.value())),
                gainOrNull(layer.attentionSubNorm()),
                kernels.ternary(List.of(layer.output())),
                kernels.gain(layer.feedForwardNorm()),
                kernels.ternary(List.of(layer.gate(), layer.up())),
                gainOrNull(layer.feedForwardSubNorm()),
                kernels.ternary(List.of(layer.down())));
    }

    private Kernels.@Nullable Gain gainOrNull(float @Nullable [] weights) {
        return weights == null ? null : kernels.gain(weights);
    }

    /** The operations of one step, for {@link Kernels#run}. */
    public void program() {
        kernels.embed(embedding, residual);
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            attention(i, block);
            feedForward(block);
        }
        kernels.outputNorm(residual, outputNorm, normed);
        kernels.logits(head, normed);
    }

    private void attention(int layer, Block block) {
        kernels.normQuantize(residual, block.attentionNorm(), quantizedHidden);
        kernels.ternaryMatmul(block.qkv(), quantizedHidden, qkv);
        kernels.ropeStore(layer, qkv);
        kernels.attention(layer, qkv, attended);
        if (layer == blocks.size() - 1) {
            kernels.keepOutputs(attended, residual);
        }
        subNorm(attended, block.attentionSubNorm(), quantizedAttended);
        kernels.ternaryMatmulAdd(block.output(), quantizedAttended, residual);
    }

    private void feedForward(Block block) {
        kernels.normQuantize(residual, block.feedForwardNorm(), quantizedHidden);
        kernels.ternaryMatmul(block.gateUp(), quantizedHidden, gateUp);
        kernels.gate(config.activation(), gateUp, gated);
        subNorm(gated, block.feedForwardSubNorm(), quantizedGated);
        kernels.ternaryMatmulAdd(block.down(), quantizedGated, residual);
    }

    private void subNorm(Kernels.Floats x, Kernels.@Nullable Gain gain, Kernels.Quantized q) {
        if (gain == null) {
            kernels.quantize(x, q);
        } else {
            kernels.normQuantize(x, gain, q);
        }
    }
}
