package bitnet.model;

/** The gate's activation in the feed-forward network. */
public enum Activation {
    /** {@code max(g, 0)^2 * u}: BitNet b1.58 2B-4T. */
    SQUARED_RELU,
    /** {@code g * sigmoid(g) * u}: the 1bitLLM family and ternary Llama, Falcon and Qwen3 models. */
    SILU,
    /** {@code g * Phi(g) * u} with tanh in place of the normal distribution: Gemma. */
    GELU_TANH
}
