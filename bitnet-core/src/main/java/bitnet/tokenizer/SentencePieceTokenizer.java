package bitnet.tokenizer;

import bitnet.ModelFormatException;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * SentencePiece's byte pair encoding (Llama 2): spaces are written U+2581, a text starts as its characters, and the two
 * neighbours that together are the token with the highest score are joined until none are. A character that is no token
 * becomes the tokens of its UTF-8 bytes. Normalisation is the identity, as in Llama's models. A vocabulary may list merges
 * instead of scores: then the pair of the lowest rank is joined, and no pair that is not listed.
 */
final class SentencePieceTokenizer extends VocabularyTokenizer {
    private static final char SPACE = '\u2581';

    private final Spellings spellings;
    /** The token of each byte, or -1. */
    private final int[] bytes = new int[256];

    private final int unknown;
    /** By token: the scores' order, best first; of no use where the vocabulary has merges. */
    private final int[] order;
    /** Merges that are not those which the scores amount to, or null. */
    private final @Nullable MergeRanks ranks;

    SentencePieceTokenizer(TokenizerSpec spec) {
        super(spec);
        int size = spec.tokens().size();
        this.unknown = spec.types().indexOf(TokenType.UNKNOWN);
        this.order = new int[size];
        boolean merges = !spec.merges().isEmpty();
        if (spec.scores().length != size && !merges) {
            throw new ModelFormatException(
                    spec.source(), "scores", "found " + spec.scores().length + ", expected " + size);
        }
        Arrays.fill(bytes, -1);
        for (int id = 0; id < size; id++) {
            float score = merges ? 0 : spec.scores()[id];
            if (Float.isNaN(score)) {
                throw new ModelFormatException(spec.source(), "score " + id, "found NaN, expected a number");
            }
            int bits = Float.floatToRawIntBits(score + 0f); // -0 is 0
            order[id] = ~(bits ^ ((bits >> 31) & Integer.MAX_VALUE));
            if (spec.types().get(id) == TokenType.BYTE) {
                bytes[byteValue(spec, id)] = id;
            }
        }
        for (int b = 0; b < 256 && unknown < 0; b++) {
            if (bytes[b] < 0) {
                throw new ModelFormatException(
                        spec.source(), "tokens", "found none for byte " + b + " and no unknown token, expected one");
            }
        }
        this.spellings = new Spellings(spec.tokens(), id -> {
            TokenType type = spec.types().get(id);
            return type == TokenType.NORMAL || type == TokenType.USER_DEFINED;
        });
        this.ranks = merges ? new MergeRanks(spec, spellings) : null;
    }

    @Override
    PlainEncoder plainEncoder(IntPredicate reserved) {
        return new Characters(reserved);
    }

    @Override
    void decode(int token, boolean first, Utf8Decoder out) {
        String spelling = spec.tokens().get(token).replace(SPACE, ' ');
        boolean prefixed = first && spec.addSpacePrefix() && spelling.startsWith(" ");
        out.append(prefixed ? spelling.substring(1) : spelling);
    }

    @Override
    byte[] normalBytes(int token) {
        return spec.tokens().get(token).replace(SPACE, ' ').getBytes(StandardCharsets.UTF_8);
    }

    private final class Characters extends Merging implements PlainEncoder {
        private char[] chars = new char[0];
        private final byte[] utf8 = new byte[4];
        private final IntPredicate reserved;

        Characters(IntPredicate reserved) {
            this.reserved = reserved;
        }

        @Override
        public void encode(String text, int from, int to, TokenList out, int wanted) {
            int count = read(text, from, to);
            merge(count);
            boolean afterUnknown = false;
            for (int i = 0; i < count; i = after(i)) {
                int token = id[i] >= 0 ? id[i] : spellings.find(chars, start[i], start[i + 1]);
                if (token >= 0) {
                    out.add(token);
                    afterUnknown = false;
                } else {
                    afterUnknown = encodeBytes(i, afterUnknown, out);
                }
            }
        }

        /** Writes the characters to {@link #chars}, and where each starts to {@link #start}; returns how many there are. */
        private int read(String text, int from, int to) {
            reserve(to - from + 1);
            if (chars.length < to - from + 1) {
                chars = new char[to - from + 1];
            }
            int count = 0;
            int n = 0;
            if (spec.addSpacePrefix()) {
                chars[n++] = SPACE;
                start[++count] = n;
            }
            for (int i = from; i < to; ) {
                int c = Utf8.codePoint(text, i, to);
                i += Character.charCount(c);
                n += Character.toChars(c == ' ' ? SPACE : c, chars, n);
                start[++count] = n;
            }
            Arrays.fill(id, 0, count, -1);
            return count;
        }

        private int token(int symbol) {
            if (id[symbol] < 0) {
                id[symbol] = spellings.find(chars, start[symbol], start[symbol + 1]);
            }
            return id[symbol];
        }

        /** Appends a character that is no token. A run of unknown ones is one unknown token, as in SentencePiece. */
        private boolean encodeBytes(int symbol, boolean afterUnknown, TokenList out) {
            int count = Utf8.encode(Character.codePointAt(chars, start[symbol], start[symbol + 1]), utf8, 0);
            for (int i = 0; i < count; i++) {
                if (bytes[utf8[i] & 0xff] < 0) {
                    if (!afterUnknown) {
                        out.add(unknown);
                    }
                    return true;
                }
            }
            for (int i = 0; i < count; i++) {
                out.add(bytes[utf8[i] & 0xff]);
            }
            return false;
        }

        @Override
        long pair(int left, int right) {
            if (ranks != null) {
                long pair = ranks.pair(token(left), token(right));
                return pair == NONE || reserved.test((int) pair) ? NONE : pair;
            }
            int token = spellings.find(chars, start[left], start[after(right)]);
            return token < 0 || reserved.test(token) ? NONE : ((long) order[token] << 32) | token;
        }
    }
}
