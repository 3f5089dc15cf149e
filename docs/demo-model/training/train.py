"""Trains the demo model: BitNet b1.58 (HF architecture 'bitnet'), quantisation-aware from scratch.

python train.py OUT_DIR SECONDS
"""
import json, os, random, sys, time
from concurrent.futures import ProcessPoolExecutor

import torch
import torch.nn as nn
import torch.nn.functional as F

import corpus

OUT, SECONDS = sys.argv[1], float(sys.argv[2])
VOCAB, SEQ, BATCH = 2048, 512, 128
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
os.makedirs(OUT, exist_ok=True)


def make(seed_count):
    seed, count = seed_count
    r = random.Random(seed)
    out = []
    for _ in range(count):
        if r.random() < 0.15:
            out.append(("", corpus.plain(r)))
        else:
            # a chat is generated after 'Assistant: ', whose space is then a token of the prompt: the last answer is
            # tokenised apart from what stands before it, the earlier turns together with their role, as when it is used
            turns = corpus.sample(r)
            text = corpus.render(turns)
            last = turns[-1][1].strip() + "<|eot_id|>"
            out.append((text[:-len(last)], last))
    return out


def tokenizer(texts):
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    t = Tokenizer(models.BPE())
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    plain = [x for s in texts for x in [s.replace(SPECIAL[0], "").replace(SPECIAL[1], "").replace(SPECIAL[2], "\n")]]
    t.train_from_iterator(plain, trainers.BpeTrainer(
        vocab_size=VOCAB - len(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
        special_tokens=[]))
    v = t.get_vocab_size()
    fill = [f"<|reserved_special_token_{i}|>" for i in range(VOCAB - len(SPECIAL) - v)]
    t.add_special_tokens(SPECIAL + fill)
    t.post_processor = processors.TemplateProcessing(
        single=f"{SPECIAL[0]} $A", pair=f"{SPECIAL[0]} $A $B", special_tokens=[(SPECIAL[0], t.token_to_id(SPECIAL[0]))])
    return t


def ternary(w):
    s = w.abs().mean().clamp(min=1e-5)
    return (w / s).round().clamp(-1, 1), s


class BitLinear(nn.Linear):
    def forward(self, x):
        w = self.weight
        q, s = ternary(w.float())
        w = w + ((q * s).to(w.dtype) - w).detach()
        xs = 127 / x.float().abs().amax(-1, keepdim=True).clamp(min=1e-5)
        x = x + (((x.float() * xs).round().clamp(-128, 127) / xs).to(x.dtype) - x).detach()
        return F.linear(x, w)


def swap(module):
    for name, child in module.named_children():
        if isinstance(child, nn.Linear) and name != "lm_head":
            b = BitLinear(child.in_features, child.out_features, bias=False)
            b.weight = child.weight
            setattr(module, name, b)
        else:
            swap(child)


def main():
    torch.manual_seed(1)
    torch.set_float32_matmul_precision("high")
    t0 = time.time()
    with ProcessPoolExecutor(14) as ex:
        pairs = [x for part in ex.map(make, [(100 + i, 14000) for i in range(28)]) for x in part]
    texts = [a + b for a, b in pairs]
    print("samples", len(texts), "in", round(time.time() - t0, 1), "s", flush=True)
    tok = tokenizer(texts[:40000])
    tok.save(f"{OUT}/tokenizer.json")
    ids = [tok.token_to_id(s) for s in SPECIAL]
    print("vocab", tok.get_vocab_size(), "special", ids, flush=True)
    enc = tok.encode_batch([x for pair in pairs for x in pair], add_special_tokens=False)
    flat = torch.tensor([i for e in enc for i in e.ids], dtype=torch.int32)
    print("tokens", len(flat), "in", round(time.time() - t0, 1), "s", flush=True)
    data = flat[: len(flat) // SEQ * SEQ].view(-1, SEQ).cuda().long()

    from transformers import BitNetConfig, BitNetForCausalLM
    cfg = BitNetConfig(vocab_size=VOCAB, hidden_size=256, intermediate_size=1024, num_hidden_layers=8,
                       num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048,
                       rms_norm_eps=1e-5, rope_theta=500000.0, tie_word_embeddings=True, hidden_act="relu2",
                       bos_token_id=ids[0], eos_token_id=[ids[2], ids[1]], pad_token_id=None,
                       initializer_range=0.02, attn_implementation="sdpa")
    model = BitNetForCausalLM(cfg)
    swap(model)
    model.cuda()
    print("parameters", sum(p.numel() for p in model.parameters()) / 1e6, "M", flush=True)
    decay = [p for n, p in model.named_parameters() if p.dim() > 1]
    rest = [p for n, p in model.named_parameters() if p.dim() <= 1]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}],
                            lr=1e-3, betas=(0.9, 0.95), fused=True)
    fwd = torch.compile(lambda x: model(input_ids=x, use_cache=False).logits)
    start = time.time()
    peak, step = 2.4e-3, 0
    tokens_per_step = BATCH * SEQ
    while True:
        frac = (time.time() - start) / SECONDS
        if frac >= 1:
            break
        lr = peak * min(1, (step + 1) / 150) * (1 - frac if frac < 0.95 else 0.05)
        for g in opt.param_groups:
            g["lr"] = lr
        opt.param_groups[0]["weight_decay"] = 0.1 if frac < 0.5 else 0.0
        x = data[torch.randint(0, len(data), (BATCH,), device="cuda")]
        with torch.autocast("cuda", dtype=torch.bfloat16):
            logits = fwd(x)
        loss = F.cross_entropy(logits[:, :-1].float().reshape(-1, VOCAB), x[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad(set_to_none=True)
        if step % 200 == 0:
            print(f"step {step} loss {loss.item():.4f} lr {lr:.5f} t {time.time() - start:.0f}s", flush=True)
        step += 1
    print("steps", step, "tokens", step * tokens_per_step / 1e6, "M", flush=True)

    # packed, as the released BitNet b1.58 2B4T checkpoint is: four ternary rows to a byte, one scale a tensor
    from safetensors.torch import save_file
    state = {}
    linear = {n + ".weight" for n, m in model.named_modules() if isinstance(m, BitLinear)}
    for name, w in model.state_dict().items():
        w = w.detach().float().cpu()
        if name == "lm_head.weight":
            continue
        if name in linear:
            q, s = ternary(w)
            q = (q + 1).to(torch.uint8)
            rows = q.shape[0] // 4
            packed = sum(q[i * rows:(i + 1) * rows] << (2 * i) for i in range(4)).to(torch.uint8)
            state[name] = packed.contiguous()
            state[name + "_scale"] = s.reshape(1).to(torch.bfloat16)
        else:
            state[name] = w.to(torch.bfloat16).contiguous()
    save_file(state, f"{OUT}/model.safetensors", metadata={"format": "pt"})
    c = {"architectures": ["BitNetForCausalLM"], "model_type": "bitnet", "bos_token_id": ids[0],
         "eos_token_id": ids[2], "hidden_act": "relu2", "hidden_size": 256, "initializer_range": 0.02,
         "intermediate_size": 1024, "max_position_embeddings": 2048, "num_attention_heads": 4,
         "num_hidden_layers": 8, "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
         "tie_word_embeddings": True, "torch_dtype": "bfloat16", "use_cache": True, "vocab_size": VOCAB,
         "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear",
                                 "quantization_mode": "offline"}}
    json.dump(c, open(f"{OUT}/config.json", "w"), indent=2)
    template = ("{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = message['role'] | "
                "capitalize + ': '+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content "
                "= bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ "
                "'Assistant: ' }}{% endif %}")
    json.dump({"bos_token": SPECIAL[0], "eos_token": SPECIAL[2], "chat_template": template,
               "clean_up_tokenization_spaces": False, "model_input_names": ["input_ids", "attention_mask"],
               "model_max_length": 2048, "tokenizer_class": "PreTrainedTokenizerFast"},
              open(f"{OUT}/tokenizer_config.json", "w"), indent=2)
    json.dump({"bos_token_id": ids[0], "eos_token_id": [ids[2], ids[1]], "do_sample": True, "temperature": 0.6,
               "top_p": 0.9, "max_length": 2048}, open(f"{OUT}/generation_config.json", "w"), indent=2)


if __name__ == "__main__":
    main()
