package bitnet.family;

import bitnet.model.AttentionScope;
import bitnet.model.ModelConfig;
import bitnet.model.Pooling;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the keys of a container say of a decoder, whose tensors come from {@link Weights}.
 *
 * @param family its traits
 * @param config its shape
 * @param scopes how each layer's queries meet its keys; empty where all do as the shape says
 * @param hybrid which layers do not attend; null where all do
 * @param tied whether its head is its embedding
 * @param pooling of an embedding model, which has no head; null for a language model
 */
public record Decoder(
        Family family,
        ModelConfig config,
        List<AttentionScope> scopes,
        @Nullable Hybrid hybrid,
        boolean tied,
        @Nullable Pooling pooling) {
    /** @throws IllegalArgumentException if there are scopes, but not one a layer */
    public Decoder {
        scopes = List.copyOf(scopes);
        if (!scopes.isEmpty() && scopes.size() != config.layers()) {
            throw new IllegalArgumentException(scopes.size() + " scopes for " + config.layers() + " layers");
        }
    }

    /** A decoder whose layers all attend. */
    public Decoder(
            Family family, ModelConfig config, List<AttentionScope> scopes, boolean tied, @Nullable Pooling pooling) {
        this(family, config, scopes, null, tied, pooling);
    }

    @Nullable
    AttentionScope scope(int layer) {
        return scopes.isEmpty() ? null : scopes.get(layer);
    }
}
