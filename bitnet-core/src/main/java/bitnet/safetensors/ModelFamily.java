package bitnet.safetensors;

import bitnet.model.Activation;
import org.jspecify.annotations.Nullable;

/** The {@code architectures} of {@code config.json} that bitnet runs, with the defaults of their Python code. */
enum ModelFamily {
    /** BitNet b1.58 2B-4T, in transformers. */
    BITNET("BitNetForCausalLM", Activation.SQUARED_RELU, 500_000, 1e-5),
    /** The reproductions of 1bitLLM, with Python code of their own. */
    BITNET_1BITLLM("BitnetForCausalLM", Activation.SILU, 10_000, 1e-6),
    /** Llama and Falcon 3 models fine-tuned to ternary weights. */
    LLAMA("LlamaForCausalLM", Activation.SILU, 10_000, 1e-6);

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

    /** Whether blocks have a norm before the output projection and one before down. */
    boolean hasSubNorms() {
        return this != LLAMA;
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
