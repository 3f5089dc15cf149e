package bitnet.family;

import java.util.Set;

/**
 * What a model is, whatever container it comes in. A container's own table maps the architectures that its files name to a
 * family; {@link DecoderReader} makes the description of a model from the family's traits.
 */
public enum Family {
    /** BitNet b1.58 2B-4T, its kin and the reproductions of 1bitLLM. */
    BITNET(Trait.SUB_NORMS),
    /** Ternary Llama and Falcon models. */
    LLAMA,
    /** Ternary Qwen3 models such as Bonsai, trained with float activations. */
    QWEN3(Trait.HEAD_NORMS),
    /** Ternary Qwen3.5 models such as Bonsai 27B and Bonsai 2: most layers are gated DeltaNet. */
    QWEN35(Trait.HEAD_NORMS, Trait.ATTENTION_GATES, Trait.HYBRID),
    /** BitNet embeddings on Qwen3. */
    QWEN3_EMBEDDING(Trait.HEAD_NORMS, Trait.INPUT_NORMS, Trait.EMBEDS),
    /** BitNet embeddings on Gemma 3. */
    GEMMA3_EMBEDDING(Trait.HEAD_NORMS, Trait.INPUT_NORMS, Trait.NORMS_AFTER, Trait.SCALED_EMBEDDING, Trait.EMBEDS);

    /** What a family has beside the usual. */
    public enum Trait {
        /** Attention and feed-forward network norm their last projection's input. */
        SUB_NORMS,
        /** The heads of queries and keys are normed. */
        HEAD_NORMS,
        /** The query projection has a gate of attention's result as well. */
        ATTENTION_GATES,
        /** Some layers are gated DeltaNet. */
        HYBRID,
        /** Every projection norms its input. */
        INPUT_NORMS,
        /** What attention and feed-forward network add is normed before. */
        NORMS_AFTER,
        /** Embeddings are multiplied by the root of the model's width. */
        SCALED_EMBEDDING,
        /** Its models embed texts. */
        EMBEDS
    }

    @SuppressWarnings("ImmutableEnumChecker") // a set that does not change
    private final Set<Trait> traits;

    Family(Trait... traits) {
        this.traits = Set.of(traits);
    }

    /** Whether its models have this. */
    public boolean has(Trait trait) {
        return traits.contains(trait);
    }
}
