package bitnet.family;

import java.util.List;

/**
 * What a container calls a decoder's tensors. Those of a layer follow its prefix; where a tensor has had several names the first
 * that a file has counts.
 *
 * @param layer prefix of a layer's tensors, with {@code %d} for its number
 * @param inputNorm what the norm of a projection's own input has in place of {@code .weight}
 * @param normsAroundOne whether norms are stored as what they differ from 1 by
 */
public record TensorNames(
        String embedding,
        String head,
        String outputNorm,
        String layer,
        String attentionNorm,
        String query,
        String key,
        String value,
        String queryNorm,
        String keyNorm,
        List<String> attentionSubNorm,
        String output,
        String afterAttention,
        String feedForwardNorm,
        String gate,
        String up,
        List<String> feedForwardSubNorm,
        String down,
        String afterFeedForward,
        String inputNorm,
        boolean normsAroundOne) {
    private static final String WEIGHT = ".weight";
    private static final String MODEL = "model.";

    /** llama.cpp's names. */
    public static final TensorNames GGUF = new TensorNames(
            "token_embd.weight",
            "output.weight",
            "output_norm.weight",
            "blk.%d.",
            "attn_norm.weight",
            "attn_q.weight",
            "attn_k.weight",
            "attn_v.weight",
            "attn_q_norm.weight",
            "attn_k_norm.weight",
            List.of("attn_sub_norm.weight"),
            "attn_output.weight",
            "post_attention_norm.weight",
            "ffn_norm.weight",
            "ffn_gate.weight",
            "ffn_up.weight",
            List.of("ffn_sub_norm.weight"),
            "ffn_down.weight",
            "post_ffw_norm.weight",
            "_norm_in.weight",
            false);

    /** The names of transformers; the sub-norms' second names are those of 1bitLLM. */
    public static final TensorNames HUGGING_FACE = new TensorNames(
            "model.embed_tokens.weight",
            "lm_head.weight",
            "model.norm.weight",
            "model.layers.%d.",
            "input_layernorm.weight",
            "self_attn.q_proj.weight",
            "self_attn.k_proj.weight",
            "self_attn.v_proj.weight",
            "self_attn.q_norm.weight",
            "self_attn.k_norm.weight",
            List.of("self_attn.attn_sub_norm.weight", "self_attn.inner_attn_ln.weight"),
            "self_attn.o_proj.weight",
            "none",
            "post_attention_layernorm.weight",
            "mlp.gate_proj.weight",
            "mlp.up_proj.weight",
            List.of("mlp.ffn_sub_norm.weight", "mlp.ffn_layernorm.weight"),
            "mlp.down_proj.weight",
            "none",
            ".norm.weight",
            false);

    /** Those of Gemma 3 in transformers: what others call the norm before the feed-forward network stands behind attention. */
    public TensorNames ofGemma() {
        return new TensorNames(
                embedding,
                head,
                outputNorm,
                layer,
                attentionNorm,
                query,
                key,
                value,
                queryNorm,
                keyNorm,
                attentionSubNorm,
                output,
                "post_attention_layernorm.weight",
                "pre_feedforward_layernorm.weight",
                gate,
                up,
                feedForwardSubNorm,
                down,
                "post_feedforward_layernorm.weight",
                inputNorm,
                true);
    }

    /** llama.cpp's of Qwen3.5: the norm before the feed-forward network is called by what it stands behind. */
    public TensorNames ofQwen35() {
        return new TensorNames(
                embedding,
                head,
                outputNorm,
                layer,
                attentionNorm,
                query,
                key,
                value,
                queryNorm,
                keyNorm,
                attentionSubNorm,
                output,
                "none",
                "post_attention_norm.weight",
                gate,
                up,
                feedForwardSubNorm,
                down,
                afterFeedForward,
                inputNorm,
                normsAroundOne);
    }

    /** Those of transformers' classes without a head, which do not begin with {@code model.}. */
    public TensorNames withoutPrefix() {
        return new TensorNames(
                bare(embedding),
                head,
                bare(outputNorm),
                bare(layer),
                attentionNorm,
                query,
                key,
                value,
                queryNorm,
                keyNorm,
                attentionSubNorm,
                output,
                afterAttention,
                feedForwardNorm,
                gate,
                up,
                feedForwardSubNorm,
                down,
                afterFeedForward,
                inputNorm,
                normsAroundOne);
    }

    private static String bare(String name) {
        return name.startsWith(MODEL) ? name.substring(MODEL.length()) : name;
    }

    /** The norm of a projection's own input. */
    public String inputNorm(String projection) {
        return projection.substring(0, projection.length() - WEIGHT.length()) + inputNorm;
    }
}
