package bitnet.engine;

import bitnet.constraint.Follower;
import bitnet.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text that a constraint leaves no choice about, as tokens. It is cut as the tokenizer cuts text, but for its last token, which the
 * model may want to be a longer one that goes on behind the forced text.
 */
final class ForcedTokens {
    static final int[] NONE = {};

    private static final int LEAST_BYTES = 2;

    private ForcedTokens() {}

    static int[] of(Follower follower, Tokenizer tokenizer) {
        byte[] bytes = follower.forced();
        if (bytes.length < LEAST_BYTES) {
            return NONE;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            return NONE; // it ends within a character
        }
        int[] tokens = tokenizer.encode(text, false);
        int at = 0;
        for (int i = 0; i < tokens.length - 1; i++) {
            byte[] piece = tokenizer.bytes(tokens[i]);
            int end = at + piece.length;
            if (piece.length == 0 || end > bytes.length || !Arrays.equals(piece, 0, piece.length, bytes, at, end)) {
                return Arrays.copyOf(tokens, i); // a vocabulary that adds to the text
            }
            at = end;
        }
        return Arrays.copyOf(tokens, Math.max(0, tokens.length - 1));
    }
}
