package bitnet.model;

import java.util.List;

/**
 * A whole model, ready to be compiled by a backend. The tensors are read when a backend asks for them, for as
 * long as the file's owner keeps it open.
 *
 * @param config the shape
 * @param embedding one row a token
 * @param layers the blocks, first to last
 * @param outputNorm before the head; {@code hidden}
 * @param head one row a token; the same object as {@code embedding} where the two are tied
 */
public record Transformer(
        ModelConfig config, TokenTable embedding, List<Layer> layers, float[] outputNorm, TokenTable head) {
    public Transformer {
        layers = List.copyOf(layers);
        if (layers.size() != config.layers()) {
            throw new IllegalArgumentException(layers.size() + " layers, not " + config.layers());
        }
    }

    /** Whether the head is the embedding. */
    @SuppressWarnings("ReferenceEquality") // the same object is what "tied" means
    public boolean isTied() {
        return head == embedding;
    }
}
