package bitnet.engine;

import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A text in tokens that are known. A model does not always spell an answer in the tokens that its text is encoded to: what it
 * generated after {@code "Assistant: "} as {@code Long} becomes {@code " Long"} when the conversation is rendered anew. What
 * was generated is the history, so known tokens stand in for the rendered ones as far as both spell the same.
 */
final class KnownTokens {
    // a unit of a spelling is a byte, or a token that spells nothing but itself
    private static final int FIRST_TOKEN = 256;

    private KnownTokens() {}

    /**
     * What tokens spell.
     *
     * @param units bytes of text from 0 to 255, and tokens that are no text
     * @param ends where each token ends in it
     */
    private record Spelling(int[] units, int[] ends) {
        /** How many tokens spell the first units, or -1 if one of them spells units on both sides. */
        int tokens(int end) {
            int last = Arrays.binarySearch(ends, end);
            return end == 0 ? 0 : last < 0 ? -1 : last + 1;
        }
    }

    /**
     * The tokens of a text, of which as many as possible of the first ones are known.
     *
     * @param rendered the text
     * @param known tokens that were computed or generated
     */
    static int[] replace(Tokenizer tokenizer, int[] rendered, int[] known) {
        Spelling text = spell(tokenizer, rendered);
        Spelling kept = spell(tokenizer, known);
        int differs = Arrays.mismatch(text.units(), kept.units());
        int same = differs < 0 ? text.units().length : differs;
        int[] rest = same == kept.units().length ? rest(tokenizer, rendered, text, same) : null;
        if (rest != null) {
            return join(known, known.length, rest);
        }
        while (text.tokens(same) < 0 || kept.tokens(same) < 0) {
            same--;
        }
        return join(known, kept.tokens(same), Arrays.copyOfRange(rendered, text.tokens(same), rendered.length));
    }

    /** The tokens of a text from a unit on; null if those of its beginning do not spell it alone. */
    private static int @Nullable [] rest(Tokenizer tokenizer, int[] rendered, Spelling text, int from) {
        int to = from;
        while (text.tokens(from) < 0 && to < text.units().length && text.units()[to] < FIRST_TOKEN) {
            to++;
        }
        int[] units = Arrays.copyOfRange(text.units(), from, to);
        byte[] bytes = new byte[units.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) units[i];
        }
        int[] encoded = tokenizer.encode(new String(bytes, StandardCharsets.UTF_8), false);
        boolean same = Arrays.equals(spell(tokenizer, encoded).units(), units);
        return same
                ? join(encoded, encoded.length, Arrays.copyOfRange(rendered, text.tokens(to), rendered.length))
                : null;
    }

    /** How many bytes of text, and tokens that are no text, these are. */
    static int units(Tokenizer tokenizer, int[] tokens) {
        return spell(tokenizer, tokens).units().length;
    }

    private static Spelling spell(Tokenizer tokenizer, int[] tokens) {
        TokenizerSpec spec = tokenizer.spec();
        IntStream.Builder units = IntStream.builder();
        int[] ends = new int[tokens.length];
        int length = 0;
        for (int i = 0; i < tokens.length; i++) {
            int token = tokens[i];
            boolean isText = token < spec.tokens().size()
                    && (spec.types().get(token) == TokenType.NORMAL
                            || spec.types().get(token) == TokenType.BYTE);
            byte[] bytes = isText ? tokenizer.bytes(token) : new byte[0];
            if (bytes.length == 0) {
                units.add(FIRST_TOKEN + token);
            }
            for (byte b : bytes) {
                units.add(Byte.toUnsignedInt(b));
            }
            length += Math.max(1, bytes.length);
            ends[i] = length;
        }
        return new Spelling(units.build().toArray(), ends);
    }

    private static int[] join(int[] first, int count, int[] second) {
        return IntStream.concat(Arrays.stream(first, 0, count), Arrays.stream(second))
                .toArray();
    }
}
