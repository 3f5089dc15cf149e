package bitnet.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of one transformer block. Norm weights are {@code float[]} of the width that they scale.
 *
 * @param attentionNorm before q, k, v; {@code hidden}
 * @param query {@code queryWidth} by {@code hidden}
 * @param key {@code kvWidth} by {@code hidden}
 * @param value {@code kvWidth} by {@code hidden}
 * @param attentionSubNorm before the output projection, {@code queryWidth}; null where the architecture has none
 * @param output {@code hidden} by {@code queryWidth}
 * @param feedForwardNorm before gate and up; {@code hidden}
 * @param gate {@code feedForward} by {@code hidden}
 * @param up {@code feedForward} by {@code hidden}
 * @param feedForwardSubNorm before down, {@code feedForward}; null where the architecture has none
 * @param down {@code hidden} by {@code feedForward}
 */
public record Layer(
        float[] attentionNorm,
        TernaryTensor query,
        TernaryTensor key,
        TernaryTensor value,
        float @Nullable [] attentionSubNorm,
        TernaryTensor output,
        float[] feedForwardNorm,
        TernaryTensor gate,
        TernaryTensor up,
        float @Nullable [] feedForwardSubNorm,
        TernaryTensor down) {

    /** The ternary matrices: query, key, value, output, gate, up, down. */
    public List<TernaryTensor> matrices() {
        return List.of(query, key, value, output, gate, up, down);
    }
}
