package bitnet.safetensors;

import bitnet.family.Family;
import bitnet.model.Activation;
import org.jspecify.annotations.Nullable;

/** The {@code architectures} of {@code config.json} that bitnet runs, with the defaults of their Python code. */
enum ModelFamily {
    /** BitNet b1.58 2B-4T, in transformers. */
    BITNET("BitNetForCausalLM", Activation.SQUARED_RELU, 500_000, 1e-5),
    /** The reproductions of 1bitLLM, with Python code of their own. */
    BITNET_1BITLLM("BitnetForCausalLM", Activation.SILU, 10_000, 1e-6),
    /** Llama and Falcon 3 models fine-tuned to ternary weights. */
    LLAMA("LlamaForCausalLM", Activation.SILU, 10_000, 1e-6),
    /** Ternary Qwen3 models such as Bonsai, as MLX stores them. */
    QWEN3("Qwen3ForCausalLM", Activation.SILU, 10_000, 1e-6),
    /** BitNet embeddings on Qwen3. */
    QWEN3_EMBEDDING("Qwen3Model", Activation.SILU, 10_000, 1e-6),
    /** BitNet embeddings on Gemma 3. */
    GEMMA3_EMBEDDING("Gemma3TextModel", Activation.GELU_TANH, 1_000_000, 1e-6);

    private final String architecture;
    private final Activation activation;
    private final double ropeTheta;
    private final double normEpsilon;

    ModelFamily(String architecture, Activation activation, double ropeTheta, double normEpsilon) {
        this.architecture = architecture;
        this.activation = activation;
        this.ropeTheta = ropeTheta;
        this.normEpsilon = normEpsilon;
    }

    /** The family of an architecture; null if there is none. */
    static @Nullable ModelFamily of(String architecture) {
        for (ModelFamily family : values()) {
            if (family.architecture.equals(architecture)) {
                return family;
            }
        }
        return null;
    }

    /** As {@code config.json} names it. */
    String architecture() {
        return architecture;
    }

    /** What its models are. */
    Family family() {
        return switch (this) {
            case BITNET, BITNET_1BITLLM -> Family.BITNET;
            case LLAMA -> Family.LLAMA;
            case QWEN3 -> Family.QWEN3;
            case QWEN3_EMBEDDING -> Family.QWEN3_EMBEDDING;
            case GEMMA3_EMBEDDING -> Family.GEMMA3_EMBEDDING;
        };
    }

    Activation activation() {
        return activation;
    }

    double ropeTheta() {
        return ropeTheta;
    }

    double normEpsilon() {
        return normEpsilon;
    }
}
