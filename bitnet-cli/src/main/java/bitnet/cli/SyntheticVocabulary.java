package bitnet.cli;

import bitnet.gguf.GgufWriter;
import java.util.ArrayList;
import java.util.List;

/** A vocabulary of Llama 3's form and size: the 256 bytes, made-up words and the control tokens. */
final class SyntheticVocabulary {
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int MOST_WORDS = 128_000;
    private static final int CONTROLS = 256;
    private static final int END_OF_TURN = 9;

    private SyntheticVocabulary() {}

    static void write(GgufWriter writer, int size) {
        List<String> tokens = new ArrayList<>(size);
        int next = 256;
        for (int b = 0; b < 256; b++) {
            // GPT-2's alphabet: bytes that are not printable stand as the characters from 256 on.
            boolean printable = (b >= 33 && b < 127) || (b >= 161 && b < 173) || b >= 174;
            tokens.add(String.valueOf((char) (printable ? b : next++)));
        }
        int words = Math.min(MOST_WORDS, size - CONTROLS);
        while (tokens.size() < words) {
            tokens.add("word" + tokens.size());
        }
        int bos = tokens.size();
        tokens.add("<|begin_of_text|>");
        tokens.add("<|end_of_text|>");
        for (int i = 2; tokens.size() < size; i++) {
            tokens.add(i == END_OF_TURN ? "<|eot_id|>" : "<|reserved_special_token_" + i + "|>");
        }
        int[] types = new int[size];
        for (int i = 0; i < size; i++) {
            types[i] = i < bos ? NORMAL : CONTROL;
        }
        writer.text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", "llama-bpe")
                .strings("tokenizer.ggml.tokens", tokens)
                .int32s("tokenizer.ggml.token_type", types)
                .strings("tokenizer.ggml.merges", List.of())
                .uint32("tokenizer.ggml.bos_token_id", bos)
                .uint32("tokenizer.ggml.eos_token_id", bos + END_OF_TURN)
                .flag("tokenizer.ggml.add_bos_token", true);
    }
}
