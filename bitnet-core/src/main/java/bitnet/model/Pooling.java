package bitnet.model;

import bitnet.PoolingType;

/**
 * No scores: the vectors of a text's tokens become one, as embedding models have it. A step gives the normed residual itself.
 *
 * @param type which of them, unless the caller wants another
 * @param normalized whether the vector is divided by its length
 * @param includesPrompt whether the tokens of a prompt in front of the text count in a mean
 */
public record Pooling(PoolingType type, boolean normalized, boolean includesPrompt) implements Output {
    /** Of all tokens. */
    public Pooling(PoolingType type, boolean normalized) {
        this(type, normalized, true);
    }
}
