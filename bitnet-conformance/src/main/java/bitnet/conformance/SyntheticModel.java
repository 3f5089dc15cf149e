package bitnet.conformance;

import bitnet.model.Activation;
import bitnet.model.Attention;
import bitnet.model.GatedFeedForward;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.ScaleGranularity;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
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
 * @param headNorms whether there are norms of queries and keys
 * @param granularity of the scales of all matrices
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
        boolean headNorms,
        ScaleGranularity granularity,
        RandomTable.Kind embedding,
        RandomTable.@Nullable Kind head) {

    /** As the 2B-4T family: sub-norms, squared ReLU, grouped queries, tied. */
    public static SyntheticModel tied(ElementType type) {
        return int8("tied " + type, 256, 384, 4, 2, 64, 2, 300, Activation.SQUARED_RELU, true, type, null);
    }

    /** As ternary Llama models: SiLU, no sub-norms, a head of its own. */
    public static SyntheticModel untied(ElementType type) {
        return int8("untied " + type, 256, 512, 2, 1, 128, 2, 261, Activation.SILU, false, ElementType.F16, type);
    }

    /** Widths that no block, vector or warp divides. */
    public static SyntheticModel awkward() {
        return int8("awkward", 200, 328, 3, 3, 40, 3, 77, Activation.SILU, true, ElementType.BF16, ElementType.F32);
    }

    /** As ternary Qwen3 models: wide activations, norms of heads, all tables ternary, queries wider than the model. */
    public static SyntheticModel wide(ScaleGranularity granularity, boolean tied) {
        RandomTable.Kind table = new RandomTable.Ternary(granularity);
        return new SyntheticModel(
                "wide " + granularity + (tied ? ", tied" : ", untied"),
                192,
                320,
                5,
                1,
                64,
                2,
                203,
                Activation.SILU,
                false,
                true,
                granularity,
                table,
                tied ? null : table);
    }

    /** A model of one scale a matrix. */
    public static SyntheticModel int8(
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
        return new SyntheticModel(
                name,
                hidden,
                feedForward,
                heads,
                kvHeads,
                headDim,
                layers,
                vocabulary,
                activation,
                subNorms,
                false,
                ScaleGranularity.TENSOR,
                new RandomTable.Floats(embedding),
                head == null ? null : new RandomTable.Floats(head));
    }

    /** The model. Each call makes the same again. */
    public Transformer transformer() {
        Shape shape = new Shape(name, hidden, feedForward, heads, kvHeads, headDim);
        ModelConfig config = shape.config(layers, vocabulary, activation);
        TokenTable table = embedding.table("token_embd.weight", vocabulary, hidden, 1);
        TokenTable own = head == null ? table : head.table("output.weight", vocabulary, hidden, 2);
        List<Layer> blocks = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            blocks.add(layer(shape, i));
        }
        return new Transformer(config, table, blocks, new Inputs(3).gain(hidden), own);
    }

    /** The model with a norm in its last block whose finite gains are so large that activations overflow. */
    Transformer overflowing() {
        Transformer model = transformer();
        List<Layer> blocks = new ArrayList<>(model.layers());
        Layer last = blocks.removeLast();
        float[] gain = new float[hidden];
        Arrays.fill(gain, Float.MAX_VALUE);
        blocks.add(new Layer(last.mixerNorm(), last.mixer(), gain, last.feedForward()));
        return new Transformer(model.config(), model.embedding(), blocks, model.outputNorm(), model.head());
    }

    private Layer layer(Shape shape, int layer) {
        Inputs inputs = new Inputs(1000 + layer);
        String prefix = "blk." + layer + ".";
        int seed = 100 * layer;
        float[] attentionNorm = inputs.gain(hidden);
        Linear output = new Linear(matrix(prefix + "attn_output", hidden, shape.queryWidth(), seed + 4));
        Linear down = new Linear(matrix(prefix + "ffn_down", hidden, feedForward, seed + 7));
        if (subNorms) {
            output = new Linear(output.weight(), inputs.gain(shape.queryWidth()));
        }
        float[] feedForwardNorm = inputs.gain(hidden);
        if (subNorms) {
            down = new Linear(down.weight(), inputs.gain(feedForward));
        }
        Attention.HeadNorms ofHeads =
                headNorms ? new Attention.HeadNorms(inputs.gain(headDim), inputs.gain(headDim)) : null;
        Attention attention = new Attention(
                new Linear(matrix(prefix + "attn_q", shape.queryWidth(), hidden, seed + 1)),
                new Linear(matrix(prefix + "attn_k", shape.kvWidth(), hidden, seed + 2)),
                new Linear(matrix(prefix + "attn_v", shape.kvWidth(), hidden, seed + 3)),
                ofHeads,
                output);
        GatedFeedForward network = new GatedFeedForward(
                new Linear(matrix(prefix + "ffn_gate", feedForward, hidden, seed + 5)),
                new Linear(matrix(prefix + "ffn_up", feedForward, hidden, seed + 6)),
                activation,
                down);
        return new Layer(attentionNorm, attention, feedForwardNorm, network);
    }

    /** Scaled so that a product is about as large as what goes in. */
    private RandomTernary matrix(String name, int rows, int columns, int seed) {
        return new RandomTernary(name, rows, columns, granularity, (float) (1.3 / Math.sqrt(columns)), seed);
    }

    @Override
    public String toString() {
        return name;
    }
}
