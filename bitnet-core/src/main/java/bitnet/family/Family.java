package bitnet.family;

/**
 * What a model is, whatever container it comes in. A container's own table maps the architectures that its files name to a
 * family; {@link DecoderReader} makes the description of a model from the family's traits.
 */
public enum Family {
    /** BitNet b1.58 2B-4T, its kin and the reproductions of 1bitLLM: norms before the output and the down projection. */
    BITNET(true, false),
    /** Ternary Llama and Falcon models: nothing beside the usual. */
    LLAMA(false, false),
    /** Ternary Qwen3 models such as Bonsai: norms of queries and keys, trained with float activations. */
    QWEN3(false, true);

    private final boolean subNorms;
    private final boolean headNorms;

    Family(boolean subNorms, boolean headNorms) {
        this.subNorms = subNorms;
        this.headNorms = headNorms;
    }

    /** Whether attention and feed-forward network norm their last projection's input. */
    public boolean hasSubNorms() {
        return subNorms;
    }

    /** Whether the heads of queries and keys are normed. */
    public boolean hasHeadNorms() {
        return headNorms;
    }
}
