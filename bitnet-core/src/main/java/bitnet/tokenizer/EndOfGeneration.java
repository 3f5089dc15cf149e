package bitnet.tokenizer;

import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which tokens end an answer. Files declare one or some of them, and not always the one that their chat template ends a turn
 * with: the official BitNet b1.58 2B-4T GGUF file leaves out {@code <|eot_id|>}. So control tokens with a well-known
 * spelling end an answer too.
 */
public final class EndOfGeneration {
    private EndOfGeneration() {}

    /**
     * Every token of a vocabulary that ends an answer.
     *
     * @param tokens the vocabulary, by id
     * @param types by id
     * @param declared what the model's files name; an id outside of the vocabulary is left out
     */
    public static Set<Integer> of(List<String> tokens, List<TokenType> types, Collection<Integer> declared) {
        Set<Integer> end = new TreeSet<>();
        for (int id : declared) {
            if (id >= 0 && id < tokens.size()) {
                end.add(id);
            }
        }
        for (int id = 0; id < tokens.size(); id++) {
            if (types.get(id) == TokenType.CONTROL && isKnown(tokens.get(id))) {
                end.add(id);
            }
        }
        return end;
    }

    private static boolean isKnown(String token) {
        return switch (token) {
            case "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>" -> true; // Llama 3, BitNet b1.58 2B-4T
            case "<|endoftext|>", "<|end|>", "<|im_end|>" -> true; // GPT-2, Phi, ChatML, Falcon 3
            case "</s>", "<end_of_turn>", "<|end_of_turn|>" -> true; // Llama 2, Gemma, Falcon-E
            default -> false;
        };
    }
}
