package bitnet.convert;

import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufWriter;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A vocabulary as {@code tokenizer.ggml.*}. */
final class ExportTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";

    private ExportTokenizer() {}

    /** @param rows of the embedding; a vocabulary that has fewer tokens is filled up, since readers take one for the other */
    static void write(GgufWriter writer, TokenizerSpec spec, int rows) {
        boolean bytes = spec.kind() == Kind.BYTE_LEVEL_BPE;
        List<String> tokens = new ArrayList<>(spec.tokens());
        for (int id = tokens.size(); id < rows; id++) {
            tokens.add("[PAD" + id + "]");
        }
        writer.text(PREFIX + "model", bytes ? "gpt2" : "llama");
        if (bytes) {
            writer.text(PREFIX + "pre", name(spec));
        }
        writer.strings(PREFIX + "tokens", tokens);
        if (!bytes && spec.scores().length == 0) {
            throw new ModelUnsupportedException(
                    spec.source(), "its merges are not those of a SentencePiece model, which GGUF has no form for");
        }
        if (!bytes) {
            writer.float32s(PREFIX + "scores", java.util.Arrays.copyOf(spec.scores(), tokens.size()));
        }
        writer.int32s(PREFIX + "token_type", types(spec, tokens.size()));
        if (bytes) {
            writer.strings(PREFIX + "merges", spec.merges());
        }
        token(writer, "bos_token_id", spec.bos());
        token(writer, "eos_token_id", spec.eos());
        ends(writer, spec);
        writer.flag(PREFIX + "add_bos_token", spec.addBos());
        if (spec.addEos()) {
            writer.flag(PREFIX + "add_eos_token", true);
        }
        if (!bytes) {
            writer.flag(PREFIX + "add_space_prefix", spec.addSpacePrefix());
        }
    }

    /** The name of the way to cut text, which says too whether it is normalised. */
    private static String name(TokenizerSpec spec) {
        String name = switch (spec.preTokenizer()) {
            case LLAMA3 -> "llama-bpe";
            case QWEN2 -> "qwen2";
            case QWEN35 -> "qwen35";
            case GPT2 -> "gpt-2";
            case null -> throw new IllegalArgumentException("byte-level BPE without a pre-tokenizer");
        };
        if (spec.normalized() != name.startsWith("qwen")) {
            throw new ModelUnsupportedException(
                    spec.source(),
                    "text is cut as by " + name + " and " + (spec.normalized() ? "" : "not ")
                            + "normalised, which GGUF has no name for");
        }
        return name;
    }

    private static int[] types(TokenizerSpec spec, int size) {
        int[] types = new int[size];
        for (int id = 0; id < size; id++) {
            types[id] = ggml(id < spec.types().size() ? spec.types().get(id) : TokenType.UNUSED);
        }
        return types;
    }

    private static int ggml(TokenType type) {
        return switch (type) {
            case NORMAL -> 1;
            case UNKNOWN -> 2;
            case CONTROL -> 3;
            case USER_DEFINED -> 4;
            case UNUSED -> 5;
            case BYTE -> 6;
        };
    }

    /** Ends of turn and of message beside the end of text, by their names first, since those are what readers expect there. */
    private static void ends(GgufWriter writer, TokenizerSpec spec) {
        int turn = named(spec, Set.of("<|eot_id|>", "<|im_end|>", "<end_of_turn>", "<|end|>", "<|end_of_turn|>"));
        int message = named(spec, Set.of("<|eom_id|>"));
        for (int id : spec.endOfGeneration()) {
            if (id == spec.eos() || id == turn || id == message) {
                continue;
            }
            if (turn < 0) {
                turn = id;
            } else if (message < 0) {
                message = id;
            }
        }
        token(writer, "eot_token_id", turn);
        token(writer, "eom_token_id", message);
    }

    private static int named(TokenizerSpec spec, Set<String> names) {
        return spec.endOfGeneration().stream()
                .filter(id -> id != spec.eos() && names.contains(spec.tokens().get(id)))
                .findFirst()
                .orElse(-1);
    }

    private static void token(GgufWriter writer, String name, int id) {
        if (id >= 0) {
            writer.uint32(PREFIX + name, id);
        }
    }
}
