package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Scores of tokens from ranks of merges: the way back from a {@code tokenizer.json} to the SentencePiece model that it was
 * converted from. SentencePiece joins any two neighbours that together are a token, the best score first; a list of
 * merges can say more than that. It says the same if it names every such pair, and all pairs that make the same token in one
 * run.
 */
final class SentencePieceScores {
    private SentencePieceScores() {}

    /**
     * Scores by id: 0 for what is not made of others, such as bytes and control tokens, else -1, -2, … by rank. Null where the
     * merges are not those of a SentencePiece model, so that no scores say the same.
     */
    static float @Nullable [] of(TokenizerJson json, List<String> tokens, List<TokenType> types) {
        float[] scores = new float[tokens.size()];
        Set<String> merges = new HashSet<>(json.merges());
        int previous = -1;
        int groups = 0;
        for (String merge : json.merges()) {
            int made = made(json, merge);
            if (made != previous) {
                if (scores[made] != 0) {
                    return null; // the merges that make it do not stand together
                }
                scores[made] = - ++groups;
                previous = made;
            }
        }
        for (int id = 0; id < tokens.size(); id++) {
            boolean ordinary = types.get(id) == TokenType.NORMAL || types.get(id) == TokenType.USER_DEFINED;
            if (ordinary && !hasEveryPair(json, tokens.get(id), merges)) {
                return null;
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

    private static boolean hasEveryPair(TokenizerJson json, String token, Set<String> merges) {
        for (int cut = 1; cut < token.length(); cut++) {
            String left = token.substring(0, cut);
            String right = token.substring(cut);
            if (json.vocabulary().containsKey(left)
                    && json.vocabulary().containsKey(right)
                    && !merges.contains(left + ' ' + right)) {
                return false;
            }
        }
        return true;
    }
}
