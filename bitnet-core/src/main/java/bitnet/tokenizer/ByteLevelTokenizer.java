package bitnet.tokenizer;

import bitnet.ModelFormatException;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * Byte-level byte pair encoding (GPT-2, Llama 3): a text is cut into pieces, each piece starts as its UTF-8 bytes, and
 * the pair of neighbours whose merge has the lowest rank is joined until no merge applies.
 */
final class ByteLevelTokenizer extends VocabularyTokenizer {
    private final PreTokenizer preTokenizer;
    private final Spellings spellings;
    /** The token of each byte, or of what stands for a byte without one. */
    private final int[] bytes = new int[256];

    private final MergeRanks ranks;

    ByteLevelTokenizer(TokenizerSpec spec) {
        super(spec);
        this.preTokenizer = Objects.requireNonNullElse(spec.preTokenizer(), PreTokenizer.GPT2);
        this.spellings = new Spellings(spec.tokens(), id -> {
            TokenType type = spec.types().get(id);
            return type == TokenType.NORMAL || type == TokenType.USER_DEFINED;
        });
        findBytes();
        this.ranks = new MergeRanks(spec, spellings);
    }

    private void findBytes() {
        int unknown = spec.types().indexOf(TokenType.UNKNOWN);
        char[] spelling = new char[1];
        for (int b = 0; b < 256; b++) {
            spelling[0] = ByteAlphabet.charOf(b);
            int id = spellings.find(spelling, 0, 1);
            bytes[b] = id >= 0 ? id : unknown;
            boolean inText = b < 0xC0 || (b >= 0xC2 && b < 0xF5);
            if (bytes[b] < 0 && inText) {
                throw new ModelFormatException(
                        spec.source(), "tokens", "found none for byte " + b + " and no unknown token, expected one");
            }
        }
    }

    @Override
    PlainEncoder plainEncoder(IntPredicate reserved) {
        return new Pieces(reserved);
    }

    @Override
    void decode(int token, boolean first, Utf8Decoder out) {
        String spelling = spec.tokens().get(token);
        if (!ByteAlphabet.spells(spelling)) {
            out.append(spelling);
            return;
        }
        for (int i = 0; i < spelling.length(); i++) {
            out.append(ByteAlphabet.byteOf(spelling.charAt(i)));
        }
    }

    @Override
    byte[] normalBytes(int token) {
        String spelling = spec.tokens().get(token);
        if (!ByteAlphabet.spells(spelling)) {
            return spelling.getBytes(StandardCharsets.UTF_8);
        }
        byte[] bytes = new byte[spelling.length()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ByteAlphabet.byteOf(spelling.charAt(i));
        }
        return bytes;
    }

    private final class Pieces extends Merging implements PlainEncoder {
        private byte[] utf8 = new byte[64];
        private char[] spelling = new char[64];
        private final IntPredicate reserved;

        Pieces(IntPredicate reserved) {
            this.reserved = reserved;
        }

        @Override
        public void encode(String text, int from, int to, TokenList out, int wanted) {
            for (int start = from; start < to && out.size() <= wanted; ) {
                int end = preTokenizer.end(text, start, to);
                encodePiece(text, start, end, out);
                start = end;
            }
        }

        private void encodePiece(String text, int from, int to, TokenList out) {
            int most = Math.multiplyExact(to - from, 3);
            if (most > utf8.length) {
                utf8 = new byte[most];
                spelling = new char[most];
            }
            int count = Utf8.encode(text, from, to, utf8);
            if (spec.ignoreMerges() && count <= spellings.longest()) {
                for (int i = 0; i < count; i++) {
                    spelling[i] = ByteAlphabet.charOf(utf8[i]);
                }
                int whole = spellings.find(spelling, 0, count);
                if (whole >= 0 && !reserved.test(whole)) {
                    out.add(whole);
                    return;
                }
            }
            reserve(count);
            for (int i = 0; i < count; i++) {
                id[i] = bytes[utf8[i] & 0xff];
            }
            merge(count);
            for (int i = 0; i < count; i = after(i)) {
                out.add(id[i]);
            }
        }

        @Override
        long pair(int left, int right) {
            long pair = ranks.pair(id[left], id[right]);
            return pair == NONE || reserved.test((int) pair) ? NONE : pair;
        }
    }
}
