package bitnet.model;

import bitnet.ModelUnsupportedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole model, ready to be compiled by a backend. The tensors are read when a backend asks for them, for as
 * long as the file's owner keeps it open.
 *
 * @param config the shape
 * @param embedding one row a token
 * @param embeddingScale what an embedding is multiplied by; 1 but for families that scale it
 * @param embeddingRotation whose inverse {@code s * H(x)} an embedding goes through, because the table is stored rotated; null where
 *     it is not
 * @param layers the blocks, first to last
 * @param outputNorm behind the last block; {@code hidden}
 * @param output what becomes of a token then
 */
public record Transformer(
        ModelConfig config,
        TokenTable embedding,
        float embeddingScale,
        @Nullable HadamardRotation embeddingRotation,
        List<Layer> layers,
        float[] outputNorm,
        Output output) {
    public Transformer {
        layers = List.copyOf(layers);
        if (layers.size() != config.layers()) {
            throw new IllegalArgumentException(layers.size() + " layers, not " + config.layers());
        }
        if (!(embeddingScale > 0 && embeddingScale <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("embeddingScale is " + embeddingScale);
        }
    }

    /** A language model; {@code head} is the same object as {@code embedding} where the two are tied. */
    public Transformer(
            ModelConfig config, TokenTable embedding, List<Layer> layers, float[] outputNorm, TokenTable head) {
        this(config, embedding, 1, layers, outputNorm, new Head(head));
    }

    /** A model whose embedding is not rotated. */
    public Transformer(
            ModelConfig config,
            TokenTable embedding,
            float embeddingScale,
            List<Layer> layers,
            float[] outputNorm,
            Output output) {
        this(config, embedding, embeddingScale, null, layers, outputNorm, output);
    }

    /**
     * The head of a language model.
     *
     * @throws ModelUnsupportedException if it is an embedding model, which has none
     */
    public TokenTable head() {
        return switch (output) {
            case Head head -> head.table();
            case Pooling _ ->
                throw new ModelUnsupportedException(
                        config.name(), "it is an embedding model, which has no head: it says no next token");
        };
    }

    /** Those of the layers that attend. */
    public List<Attention> attentions() {
        return layers.stream()
                .map(Layer::mixer)
                .filter(Attention.class::isInstance)
                .map(Attention.class::cast)
                .toList();
    }

    /** Floats that a step gives for a token: scores of the vocabulary, or a vector of the model's width. */
    public int outputWidth() {
        return switch (output) {
            case Head _ -> config.vocabulary();
            case Pooling _ -> config.hidden();
        };
    }

    /** Whether there is a head, and it is the embedding. */
    @SuppressWarnings("ReferenceEquality") // the same object is what "tied" means
    public boolean isTied() {
        return output instanceof Head head && head.table() == embedding;
    }
}
