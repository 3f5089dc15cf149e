package bitnet.model;

import org.jspecify.annotations.Nullable;

/**
 * Sampling parameters that a model recommends (Hugging Face's {@code generation_config.json}); null where it says nothing.
 *
 * @param temperature 0 means greedy
 * @param topK tokens to choose among
 * @param topP probability mass to choose among
 */
public record SamplingDefaults(
        @Nullable Float temperature,
        @Nullable Integer topK,
        @Nullable Float topP) {
    /** A model that recommends nothing. */
    public static final SamplingDefaults NONE = new SamplingDefaults(null, null, null);
}
