"""Writes a packed BitNet checkpoint of Hugging Face as a GGUF file: ternary weights I2_S, embedding BF16, norms F32.
Nothing is rounded, so that both files give the same bits.

python to_gguf.py CHECKPOINT_DIR OUT.gguf

Needs numpy.
"""
import json, struct, sys
from pathlib import Path

import numpy as np

ALIGNMENT = 32
U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5
TYPE_F32, TYPE_BF16, TYPE_I2_S = 0, 30, 36
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
TENSORS = {
    "input_layernorm.weight": "attn_norm.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.attn_sub_norm.weight": "attn_sub_norm.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.ffn_sub_norm.weight": "ffn_sub_norm.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
}


def checkpoint(path):
    """Tensors by name; bfloat16 becomes float32."""
    raw = path.read_bytes()
    (length,) = struct.unpack_from("<Q", raw)
    tensors = {}
    for name, t in json.loads(raw[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in t["data_offsets"])
            data = raw[begin:end]
            values = (np.frombuffer(data, np.uint8) if t["dtype"] == "U8"
                      else (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4"))
            tensors[name] = values.reshape(t["shape"])
    return tensors


def i2_s(packed, scale):
    """Codes of four rows a byte, to blocks of 128 codes in 32 bytes and the scale behind them all."""
    codes = np.concatenate([packed >> 2 * i & 3 for i in range(4)])
    q = codes.reshape(-1, 4, 32)
    blocks = q[:, 0] << 6 | q[:, 1] << 4 | q[:, 2] << 2 | q[:, 3]
    return codes.shape, blocks.tobytes() + struct.pack("<f", scale) + bytes(28)


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value(kind, v):
    return string(v) if kind == STRING else struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind], v)


def pair(key, kind, v):
    return string(key) + struct.pack("<I", kind) + value(kind, v)


def array(key, kind, values):
    return string(key) + struct.pack("<IIQ", ARRAY, kind, len(values)) + b"".join(value(kind, v) for v in values)


def tokenizer(source, size):
    t = json.loads((source / "tokenizer.json").read_text())
    config = json.loads((source / "tokenizer_config.json").read_text())
    assert t["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] == LLAMA3
    tokens, types = [f"[PAD{i}]" for i in range(size)], [UNUSED] * size
    for spelling, i in t["model"]["vocab"].items():
        tokens[i], types[i] = spelling, NORMAL
    for added in t["added_tokens"]:
        i = added["id"]
        tokens[i], types[i] = added["content"], CONTROL if added["special"] else USER_DEFINED
    merges = [m if isinstance(m, str) else " ".join(m) for m in t["model"]["merges"]]
    adds_bos = any("SpecialToken" in part for part in t["post_processor"]["single"])
    return [
        pair("tokenizer.ggml.model", STRING, "gpt2"),
        pair("tokenizer.ggml.pre", STRING, "llama-bpe"),
        array("tokenizer.ggml.tokens", STRING, tokens),
        array("tokenizer.ggml.token_type", I32, types),
        array("tokenizer.ggml.merges", STRING, merges),
        pair("tokenizer.ggml.bos_token_id", U32, tokens.index(config["bos_token"])),
        pair("tokenizer.ggml.eos_token_id", U32, tokens.index(config["eos_token"])),
        pair("tokenizer.ggml.eot_token_id", U32, tokens.index("<|eot_id|>")),
        pair("tokenizer.ggml.add_bos_token", BOOL, adds_bos),
        pair("tokenizer.chat_template", STRING, config["chat_template"]),
    ]


def metadata(source, config):
    generation = json.loads((source / "generation_config.json").read_text())
    a = "bitnet-b1.58"
    head = config["hidden_size"] // config["num_attention_heads"]
    return [
        pair("general.architecture", STRING, a),
        pair("general.name", STRING, "bitnet demo"),
        pair("general.license", STRING, "mit"),
        pair("general.file_type", U32, 40),
        pair("general.quantization_version", U32, 2),
        pair("general.sampling.temp", F32, generation["temperature"]),
        pair("general.sampling.top_p", F32, generation["top_p"]),
        pair(f"{a}.vocab_size", U32, config["vocab_size"]),
        pair(f"{a}.context_length", U32, config["max_position_embeddings"]),
        pair(f"{a}.embedding_length", U32, config["hidden_size"]),
        pair(f"{a}.block_count", U32, config["num_hidden_layers"]),
        pair(f"{a}.feed_forward_length", U32, config["intermediate_size"]),
        pair(f"{a}.rope.dimension_count", U32, head),
        pair(f"{a}.attention.head_count", U32, config["num_attention_heads"]),
        pair(f"{a}.attention.head_count_kv", U32, config["num_key_value_heads"]),
        pair(f"{a}.attention.layer_norm_rms_epsilon", F32, config["rms_norm_eps"]),
        pair(f"{a}.rope.freq_base", F32, config["rope_theta"]),
    ] + tokenizer(source, config["vocab_size"])


def tensors(source, config):
    """Name, shape, type and bytes of each, in the order of the file."""
    weights = checkpoint(source / "model.safetensors")
    embedding = weights["model.embed_tokens.weight"]
    upper_halves = (embedding.view("<u4") >> 16).astype("<u2")
    yield "token_embd.weight", embedding.shape, TYPE_BF16, upper_halves.tobytes()
    for layer in range(config["num_hidden_layers"]):
        for theirs, ours in TENSORS.items():
            name = f"model.layers.{layer}.{theirs}"
            w = weights[name]
            if w.dtype == np.uint8:
                shape, data = i2_s(w, weights[name + "_scale"][0])
                yield f"blk.{layer}.{ours}", shape, TYPE_I2_S, data
            else:
                yield f"blk.{layer}.{ours}", w.shape, TYPE_F32, w.tobytes()
    norm = weights["model.norm.weight"]
    yield "output_norm.weight", norm.shape, TYPE_F32, norm.tobytes()


def main():
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    config = json.loads((source / "config.json").read_text())
    assert config["hidden_act"] == "relu2" and config["tie_word_embeddings"]
    assert config["quantization_config"]["linear_class"] == "autobitlinear"
    pairs = metadata(source, config)
    infos, data = [], bytearray()
    for name, shape, kind, content in tensors(source, config):
        infos.append(string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), kind, len(data)))
        data += content + bytes(-len(content) % ALIGNMENT)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(pairs)) + b"".join(pairs + infos)
    out.write_bytes(header + bytes(-len(header) % ALIGNMENT) + data)


if __name__ == "__main__":
    main()
