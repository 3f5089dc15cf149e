package bitnet.model;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Softmax attention over earlier positions, with rotary positions: {@code output(softmax(q k * scale) v)}.
 *
 * @param query {@code queryWidth} by {@code hidden}
 * @param key {@code kvWidth} by {@code hidden}
 * @param value {@code kvWidth} by {@code hidden}
 * @param headNorms of queries and keys, before they are rotated; null where the architecture has none
 * @param scope which keys a query sees, and how they are turned and scaled; null for the model's own
 *     ({@link ModelConfig#attentionScope()})
 * @param gate whose sigmoid the result is multiplied by before {@code output}, {@code queryWidth} by {@code hidden}; null where there
 *     is none
 * @param output {@code hidden} by {@code queryWidth}
 */
public record Attention(
        Linear query,
        Linear key,
        Linear value,
        @Nullable HeadNorms headNorms,
        @Nullable AttentionScope scope,
        @Nullable Linear gate,
        Linear output)
        implements Mixer {
    /** Attention without a gate. */
    public Attention(
            Linear query,
            Linear key,
            Linear value,
            @Nullable HeadNorms headNorms,
            @Nullable AttentionScope scope,
            Linear output) {
        this(query, key, value, headNorms, scope, null, output);
    }

    /** Attention of the model's own scope. */
    public Attention(Linear query, Linear key, Linear value, @Nullable HeadNorms headNorms, Linear output) {
        this(query, key, value, headNorms, null, null, output);
    }

    /**
     * RMSNorm over the dimensions of each head, with the same weights for all heads.
     *
     * @param query {@code headDim}
     * @param key {@code headDim}
     */
    public record HeadNorms(float[] query, float[] key) {}

    /** Those of the layer's input: query, key, value and, where there is one, the gate. */
    public List<Linear> inputs() {
        return gate == null ? List.of(query, key, value) : List.of(query, key, value, gate);
    }

    @Override
    public List<Linear> linears() {
        return Stream.concat(inputs().stream(), Stream.of(output)).toList();
    }
}
