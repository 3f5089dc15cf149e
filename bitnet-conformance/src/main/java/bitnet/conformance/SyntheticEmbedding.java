package bitnet.conformance;

import bitnet.PoolingType;
import bitnet.model.Activation;
import bitnet.model.Attention;
import bitnet.model.AttentionScope;
import bitnet.model.GatedFeedForward;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.Pooling;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * A small embedding model of seeded weights: a language model without its head, whose projections norm their input.
 *
 * @param base whose matrices it has
 * @param gemma whether it has what Gemma 3 has beside that: windows, norms behind everything, a scaled embedding
 */
record SyntheticEmbedding(SyntheticModel base, boolean gemma) {
    private static final int WINDOW = 21;

    /** As BitNet embeddings on Qwen3: norms of heads, SiLU. */
    static SyntheticEmbedding qwen3() {
        return new SyntheticEmbedding(base("Qwen3 embedding", 256, 384, 4, 2, 64, Activation.SILU), false);
    }

    /** As BitNet embeddings on Gemma 3: GELU. */
    static SyntheticEmbedding gemma3() {
        return new SyntheticEmbedding(base("Gemma 3 embedding", 128, 192, 3, 1, 64, Activation.GELU_TANH), true);
    }

    /** Widths that no block, vector or warp divides. */
    static SyntheticEmbedding awkward() {
        return new SyntheticEmbedding(base("awkward embedding", 200, 328, 3, 1, 40, Activation.GELU_TANH), true);
    }

    private static SyntheticModel base(
            String name, int hidden, int feedForward, int heads, int kvHeads, int headDim, Activation activation) {
        return SyntheticModel.int8(
                name, hidden, feedForward, heads, kvHeads, headDim, 3, 211, activation, false, ElementType.F16, null);
    }

    /** The model. Each call makes the same again. */
    Transformer transformer() {
        Transformer model = base.transformer();
        ModelConfig config = model.config();
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(config, model.layers().get(i), i, new Inputs(5000 + i)));
        }
        return new Transformer(
                config,
                model.embedding(),
                gemma ? (float) Math.sqrt(config.hidden()) : 1,
                layers,
                model.outputNorm(),
                new Pooling(PoolingType.LAST, true));
    }

    private Layer layer(ModelConfig config, Layer layer, int index, Inputs inputs) {
        Attention attention = layer.attention();
        GatedFeedForward network = layer.gated();
        float[] ofQuery = inputs.gain(config.hidden());
        // the first layer's keys share the queries' norm, and so one product
        float[] ofKey = index == 0 ? ofQuery : inputs.gain(config.hidden());
        return new Layer(
                layer.mixerNorm(),
                new Attention(
                        new Linear(attention.query().weight(), ofQuery),
                        new Linear(attention.key().weight(), ofKey),
                        normed(attention.value(), inputs),
                        new Attention.HeadNorms(inputs.gain(config.headDim()), inputs.gain(config.headDim())),
                        gemma ? scope(config, index) : null,
                        normed(attention.output(), inputs)),
                gemma ? inputs.gain(config.hidden()) : null,
                layer.feedForwardNorm(),
                new GatedFeedForward(
                        normed(network.gate(), inputs),
                        normed(network.up(), inputs),
                        network.activation(),
                        normed(network.down(), inputs)),
                gemma ? inputs.gain(config.hidden()) : null);
    }

    /** The last layer sees everything. */
    private static AttentionScope scope(ModelConfig config, int layer) {
        float scale = AttentionScope.scale(48);
        return layer == config.layers() - 1
                ? new AttentionScope(config.rope(), AttentionScope.ALL, scale)
                : new AttentionScope(
                        new Rope(RopeFrequencies.of(10_000, config.headDim())), WINDOW << (2 * layer), scale);
    }

    private static Linear normed(Linear linear, Inputs inputs) {
        return new Linear(linear.weight(), inputs.gain(linear.weight().columns()));
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
