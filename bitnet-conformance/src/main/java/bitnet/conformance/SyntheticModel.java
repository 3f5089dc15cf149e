package bitnet.conformance;

import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small model of seeded weights, made in memory. Its text is noise, but its logits depend on every weight, every token
 * and every position.
 *
 * @param name for messages
 * @param hidden width of the residual stream
 * @param feedForward width of the feed-forward network
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param headDim dimensions of a head
 * @param layers blocks
 * @param vocabulary tokens
 * @param activation of the gate
 * @param subNorms whether there are norms before the output and the down projection
 * @param embedding how the embedding is stored
 * @param head how the head is stored; null if it is the embedding
 */
public record SyntheticModel(
        String name,
        int hidden,
        int feedForward,
        int heads,
        int kvHeads,
        int headDim,
        int layers,
        int vocabulary,
        Activation activation,
        boolean subNorms,
        ElementType embedding,
        @Nullable ElementType head) {

    /** As the 2B-4T family: sub-norms, squared ReLU, grouped queries, tied. */
    public static SyntheticModel tied(ElementType type) {
        return new SyntheticModel(
                "tied " + type, 256, 384, 4, 2, 64, 2, 300, Activation.SQUARED_RELU, true, type, null);
    }

    /** As ternary Llama models: SiLU, no sub-norms, a head of its own. */
    public static SyntheticModel untied(ElementType type) {
        return new SyntheticModel(
                "untied " + type, 256, 512, 2, 1, 128, 2, 261, Activation.SILU, false, ElementType.F16, type);
    }

    /** Widths that no block, vector or warp divides. */
    public static SyntheticModel awkward() {
        return new SyntheticModel(
                "awkward", 200, 328, 3, 3, 40, 3, 77, Activation.SILU, true, ElementType.BF16, ElementType.F32);
    }

    /** The model. Each call makes the same again. */
    public Transformer transformer() {
        Shape shape = new Shape(name, hidden, feedForward, heads, kvHeads, headDim);
        ModelConfig config = shape.config(layers, vocabulary, activation);
        FloatTable table = RandomTable.of("token_embd.weight", embedding, vocabulary, hidden, 1);
        FloatTable own = head == null ? table : RandomTable.of("output.weight", head, vocabulary, hidden, 2);
        List<Layer> blocks = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            blocks.add(layer(shape, i));
        }
        return new Transformer(config, table, blocks, new Inputs(3).gain(hidden), own);
    }

    private Layer layer(Shape shape, int layer) {
        Inputs inputs = new Inputs(1000 + layer);
        String prefix = "blk." + layer + ".";
        int seed = 100 * layer;
        return new Layer(
                inputs.gain(hidden),
                matrix(prefix + "attn_q", shape.queryWidth(), hidden, seed + 1),
                matrix(prefix + "attn_k", shape.kvWidth(), hidden, seed + 2),
                matrix(prefix + "attn_v", shape.kvWidth(), hidden, seed + 3),
                subNorms ? inputs.gain(shape.queryWidth()) : null,
                matrix(prefix + "attn_output", hidden, shape.queryWidth(), seed + 4),
                inputs.gain(hidden),
                matrix(prefix + "ffn_gate", feedForward, hidden, seed + 5),
                matrix(prefix + "ffn_up", feedForward, hidden, seed + 6),
                subNorms ? inputs.gain(feedForward) : null,
                matrix(prefix + "ffn_down", hidden, feedForward, seed + 7));
    }

    /** Scaled so that a product is about as large as what goes in. */
    private static RandomTernary matrix(String name, int rows, int columns, int seed) {
        return new RandomTernary(name, rows, columns, (float) (1.3 / Math.sqrt(columns)), seed);
    }

    @Override
    public String toString() {
        return name;
    }
}
