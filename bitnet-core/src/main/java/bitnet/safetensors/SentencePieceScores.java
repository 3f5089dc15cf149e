package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Scores of tokens from ranks of merges: the way back from a {@code tokenizer.json} to the SentencePiece model that it was
 * converted from. SentencePiece joins any two neighbours that together are a token, the best score first; a list of
 * merges can say more than that. So it must name every such pair, and all pairs that make the same token in one run.
 */
final class SentencePieceScores {
    private SentencePieceScores() {}

    /** Scores by id: 0 for what is not made of others, such as bytes and control tokens, else -1, -2, … by rank. */
    static float[] of(TokenizerJson json, List<String> tokens, List<TokenType> types) {
        float[] scores = new float[tokens.size()];
        Set<String> merges = new HashSet<>(json.merges());
        int previous = -1;
        int groups = 0;
        for (String merge : json.merges()) {
            int made = made(json, merge);
            if (made != previous) {
                if (scores[made] != 0) {
                    throw unlike(json, "the merges that make " + tokens.get(made) + " do not stand together");
                }
                scores[made] = - ++groups;
                previous = made;
            }
        }
        for (int id = 0; id < tokens.size(); id++) {
            if (types.get(id) == TokenType.NORMAL || types.get(id) == TokenType.USER_DEFINED) {
                requireEveryPair(json, tokens.get(id), merges);
            }
        }
        return scores;
    }

    private static int made(TokenizerJson json, String merge) {
        int cut = merge.indexOf(' ');
        String left = cut < 0 ? merge : merge.substring(0, cut);
        String right = cut < 0 ? "" : merge.substring(cut + 1);
        Map<String, Integer> vocabulary = json.vocabulary();
        Integer made = vocabulary.get(left + right);
        if (made == null || !vocabulary.containsKey(left) || !vocabulary.containsKey(right)) {
            throw new ModelFormatException(
                    json.source(), "model/merges", "\"" + merge + "\" names no tokens, or makes none");
        }
        return made;
    }

    private static void requireEveryPair(TokenizerJson json, String token, Set<String> merges) {
        for (int cut = 1; cut < token.length(); cut++) {
            String left = token.substring(0, cut);
            String right = token.substring(cut);
            if (json.vocabulary().containsKey(left)
                    && json.vocabulary().containsKey(right)
                    && !merges.contains(left + ' ' + right)) {
                throw unlike(json, left + " and " + right + " are not merged, though " + token + " is a token");
            }
        }
    }

    private static ModelUnsupportedException unlike(TokenizerJson json, String problem) {
        return new ModelUnsupportedException(
                json.source(),
                "its merges are not those of a SentencePiece model, and other BPE with byte_fallback is not "
                        + "supported: " + problem);
    }
}
