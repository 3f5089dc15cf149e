package bitnet.safetensors;

import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keys of {@code config.json} that change what is computed and that no reader understands, with the values at which they do
 * not. Others are about training, or about the Python code that runs the model, and are passed over.
 */
final class ConfigKeys {

    /** Harmless when null, false, 0 or 1. */
    private static final Set<String> MULTIPLIERS = Set.of(
            "attention_multiplier",
            "embedding_multiplier",
            "residual_multiplier",
            "logits_scaling",
            "logit_scale",
            "lm_head_multiplier",
            "key_multiplier",
            "scale_emb",
            "scale_depth",
            "partial_rotary_factor",
            "rotary_pct",
            "layer_norm_scale");

    /** Harmless when null, false, 0 or empty. */
    private static final Set<String> SWITCHES = Set.of(
            "add_cross_attention",
            "alibi",
            "attn_logit_softcapping",
            "attn_temperature_tuning",
            "clip_qkv",
            "final_logit_softcapping",
            "full_attention_interval",
            "is_encoder_decoder",
            "mamba_d_state",
            "moe_intermediate_size",
            "multi_query",
            "n_routed_experts",
            "no_rope_layers",
            "num_experts",
            "num_local_experts",
            "parallel_attn",
            "qk_layernorm",
            "qk_norm",
            "use_bias",
            "use_parallel_residual",
            "use_qk_norm",
            "use_qkv_bias",
            "use_sliding_window");

    private ConfigKeys() {}

    /** Reads, or skips, the value of a key that nobody else reads. */
    static void check(JsonReader in, String key) {
        boolean multiplier = MULTIPLIERS.contains(key);
        if (!multiplier && !SWITCHES.contains(key)) {
            in.skip();
            return;
        }
        Object value = in.value();
        boolean harmless = switch (value) {
            case null -> true;
            case Boolean flag -> !flag;
            case Double number -> number == 0 || (multiplier && number == 1);
            case String text -> text.isEmpty();
            case List<?> list -> list.isEmpty();
            case Map<?, ?> map -> map.isEmpty();
            default -> false;
        };
        if (!harmless) {
            throw new ModelUnsupportedException(
                    in.source(),
                    key + " is " + value + ", which changes what the model computes; bitnet does not know how");
        }
    }
}
