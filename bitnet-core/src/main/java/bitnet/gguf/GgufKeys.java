package bitnet.gguf;

import bitnet.ModelUnsupportedException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Accounts for the keys under a model's architecture. Most are read, or describe and change nothing; those that change what is
 * computed and are not read must have the value at which they do not. Names are those of llama.cpp's gguf-py.
 */
final class GgufKeys {
    /** What follows the architecture's name and a dot: the values that change nothing. */
    private static final Map<String, Predicate<GgufValue>> NEUTRAL = Map.ofEntries(
            Map.entry("attention.causal", GgufKeys::isTrue),
            Map.entry("attention.clamp_kqv", GgufKeys::isZero),
            Map.entry("attention.max_alibi_bias", GgufKeys::isZero),
            Map.entry("attention.scale", GgufKeys::isZero),
            Map.entry("attention.sliding_window", GgufKeys::isZero),
            Map.entry("attention.sliding_window_pattern", GgufKeys::isZero),
            Map.entry("attention.temperature_length", GgufKeys::isZero),
            Map.entry("attention.temperature_scale", GgufKeys::isZeroOrOne),
            Map.entry("attn_logit_softcapping", GgufKeys::isZero),
            Map.entry("decoder_start_token_id", GgufKeys::isZero),
            Map.entry("embedding_scale", GgufKeys::isZeroOrOne),
            Map.entry("expert_count", GgufKeys::isZero),
            Map.entry("expert_used_count", GgufKeys::isZero),
            Map.entry("final_logit_softcapping", GgufKeys::isZero),
            Map.entry("full_attention_interval", GgufKeys::isZeroOrOne),
            Map.entry("logit_scale", GgufKeys::isZeroOrOne),
            Map.entry("nextn_predict_layers", GgufKeys::isZero),
            Map.entry("residual_scale", GgufKeys::isZeroOrOne),
            Map.entry("use_parallel_residual", GgufKeys::isZero));

    /** Begins of names that are about what is computed: one that is neither read nor known cannot be passed over. */
    private static final Set<String> COMPUTATION = Set.of("attention.", "rope.", "ssm.", "expert_", "wkv.");

    /** What readers read, or what says the same as something that they read. */
    private static final Set<String> READ = Set.of(
            "attention.head_count",
            "attention.head_count_kv",
            "attention.key_length",
            "attention.value_length",
            "attention.layer_norm_rms_epsilon",
            // of models with another kind of norm; converters write it beside the one that counts
            "attention.layer_norm_epsilon",
            "rope.dimension_count",
            "rope.freq_base",
            "rope.scale_linear",
            "rope.scaling.type",
            "rope.scaling.factor",
            "rope.scaling.original_context_length",
            "rope.scaling.low_freq_factor",
            "rope.scaling.high_freq_factor",
            "rope.scaling.attn_factor",
            "rope.scaling.yarn_beta_fast",
            "rope.scaling.yarn_beta_slow",
            // says how a model was trained
            "rope.scaling.finetuned");

    private static final Set<String> READ_OF_GEMMA =
            Set.of(GgufEmbedding.WINDOW, GgufEmbedding.PATTERN, GgufEmbedding.LOCAL_BASE);

    private static final Set<String> READ_OF_QWEN35 = Set.of(
            GgufHybrid.INTERVAL,
            GgufHybrid.RECURRENT,
            GgufHybrid.PREDICTING,
            GgufHybrid.KERNEL,
            GgufHybrid.STATE,
            GgufHybrid.KEY_HEADS,
            GgufHybrid.VALUE_HEADS,
            GgufHybrid.INNER,
            GgufHybrid.SECTIONS);

    private GgufKeys() {}

    private static boolean isZero(GgufValue value) {
        return switch (value) {
            case GgufValue.Int number -> number.value() == 0;
            case GgufValue.Real number -> number.value() == 0;
            case GgufValue.Bool flag -> !flag.value();
            case GgufValue.Text text -> text.value().isEmpty() || text.value().equals("none");
            case GgufValue.Bytes _ -> false;
            case GgufArray array -> array.size() == 0;
        };
    }

    private static boolean isZeroOrOne(GgufValue value) {
        return switch (value) {
            case GgufValue.Int number when number.value() == 1 -> true;
            case GgufValue.Real number when number.value() == 1 -> true;
            default -> isZero(value);
        };
    }

    private static boolean isTrue(GgufValue value) {
        return value instanceof GgufValue.Bool flag && flag.value();
    }

    /**
     * Looks at the keys of a model.
     *
     * @param architecture the one that it names
     * @throws ModelUnsupportedException if one of them changes what is computed, and is not understood
     */
    static void check(GgufFile file, GgufArchitecture architecture) {
        String prefix = architecture.label() + ".";
        Set<String> read = switch (architecture) {
            case GEMMA3 -> READ_OF_GEMMA;
            case QWEN35 -> READ_OF_QWEN35;
            default -> Set.of();
        };
        file.metadata().values().forEach((key, value) -> {
            if (key.startsWith(prefix)
                    && !read.contains(key.substring(prefix.length()))
                    && !isHarmless(key.substring(prefix.length()), value)) {
                throw new ModelUnsupportedException(
                        file.source(),
                        key + " is " + value + ", which changes what the model computes; bitnet does not know how");
            }
        });
    }

    private static boolean isHarmless(String name, GgufValue value) {
        Predicate<GgufValue> neutral = NEUTRAL.get(name);
        if (neutral != null) {
            return neutral.test(value);
        }
        return READ.contains(name) || COMPUTATION.stream().noneMatch(name::startsWith);
    }
}
