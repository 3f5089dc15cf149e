package bitnet.family;

/** What a container calls the tensors of gated DeltaNet, behind the layer's prefix. */
record DeltaNames(
        String mix,
        String gate,
        String alpha,
        String beta,
        String convolution,
        String timeBias,
        String decay,
        String norm,
        String output) {
    /** llama.cpp's. */
    static final DeltaNames GGUF = new DeltaNames(
            "attn_qkv.weight",
            "attn_gate.weight",
            "ssm_alpha.weight",
            "ssm_beta.weight",
            "ssm_conv1d.weight",
            "ssm_dt.bias",
            "ssm_a",
            "ssm_norm.weight",
            "ssm_out.weight");
}
