package bitnet.family;

import java.util.List;

/**
 * What a container calls a decoder's tensors. Those of a layer follow its prefix; where a tensor has had several names the first
 * that a file has counts.
 *
 * @param layer prefix of a layer's tensors, with {@code %d} for its number
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
        String feedForwardNorm,
        String gate,
        String up,
        List<String> feedForwardSubNorm,
        String down) {
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
            "ffn_norm.weight",
            "ffn_gate.weight",
            "ffn_up.weight",
            List.of("ffn_sub_norm.weight"),
            "ffn_down.weight");

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
            "post_attention_layernorm.weight",
            "mlp.gate_proj.weight",
            "mlp.up_proj.weight",
            List.of("mlp.ffn_sub_norm.weight", "mlp.ffn_layernorm.weight"),
            "mlp.down_proj.weight");
}
