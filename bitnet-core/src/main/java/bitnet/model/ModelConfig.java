package bitnet.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a transformer.
 *
 * @param architecture as the file names it, such as {@code bitnet-b1.58}
 * @param name the model's name for people; may be empty
 * @param layers number of blocks
 * @param hidden width of the residual stream
 * @param feedForward width of the feed-forward network
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim dimensions of a head; even
 * @param vocabulary tokens
 * @param contextLength positions that the model was trained for
 * @param normEpsilon added to the mean square in RMSNorm
 * @param activation the gate's activation
 * @param rope {@code headDim / 2} angles per position
 * @param delta the shape of its {@link GatedDeltaNet} layers; null where all layers attend
 */
public record ModelConfig(
        String architecture,
        String name,
        int layers,
        int hidden,
        int feedForward,
        int heads,
        int kvHeads,
        int headDim,
        int vocabulary,
        int contextLength,
        float normEpsilon,
        Activation activation,
        Rope rope,
        @Nullable DeltaShape delta) {

    /** @throws IllegalArgumentException if a number is out of range or two of them disagree */
    public ModelConfig {
        Objects.requireNonNull(architecture);
        Objects.requireNonNull(name);
        Objects.requireNonNull(activation);
        positive("layers", layers);
        positive("hidden", hidden);
        positive("feedForward", feedForward);
        positive("heads", heads);
        positive("kvHeads", kvHeads);
        positive("headDim", headDim);
        positive("vocabulary", vocabulary);
        positive("contextLength", contextLength);
        require(heads % kvHeads == 0, "heads (" + heads + ") is not a multiple of kvHeads (" + kvHeads + ")");
        require(headDim % 2 == 0, "headDim (" + headDim + ") is odd");
        require(normEpsilon > 0 && normEpsilon < 1, "normEpsilon (" + normEpsilon + ") is not between 0 and 1");
        int angles = rope.inverseFrequencies().length;
        require(angles == headDim / 2, angles + " rope frequencies for a head of " + headDim + " dimensions");
        require(delta == null || delta.layers() <= layers, "more delta layers than layers");
    }

    /** The shape of a model whose layers all attend. */
    public ModelConfig(
            String architecture,
            String name,
            int layers,
            int hidden,
            int feedForward,
            int heads,
            int kvHeads,
            int headDim,
            int vocabulary,
            int contextLength,
            float normEpsilon,
            Activation activation,
            Rope rope) {
        this(
                architecture,
                name,
                layers,
                hidden,
                feedForward,
                heads,
                kvHeads,
                headDim,
                vocabulary,
                contextLength,
                normEpsilon,
                activation,
                rope,
                null);
    }

    /** With other positions. */
    public ModelConfig withContextLength(int positions) {
        return new ModelConfig(
                architecture,
                name,
                layers,
                hidden,
                feedForward,
                heads,
                kvHeads,
                headDim,
                vocabulary,
                positions,
                normEpsilon,
                activation,
                rope,
                delta);
    }

    /** How many layers attend, and so have keys and values of every position. */
    public int attentionLayers() {
        return delta == null ? layers : layers - delta.layers();
    }

    /** How queries meet keys in layers that do not say otherwise: at all positions, scaled by {@code 1 / sqrt(headDim)}. */
    public AttentionScope attentionScope() {
        return AttentionScope.all(rope);
    }

    /** {@code heads * headDim}: width of the queries and of the attention's output. */
    public int queryWidth() {
        return heads * headDim;
    }

    /** {@code kvHeads * headDim}: width of the keys, and of the values. */
    public int kvWidth() {
        return kvHeads * headDim;
    }

    private static void positive(String field, int value) {
        require(value > 0, field + " is " + value);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
