package bitnet.tokenizer;

import bitnet.ModelFormatException;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** What both algorithms share: special tokens are cut out of a text first, and decoding goes through bytes. */
abstract class VocabularyTokenizer implements Tokenizer {
    final TokenizerSpec spec;
    /**
     * Normalisation makes at most this much shorter: a character takes up to two UTF-16 units, and at most four of them, fully
     * decomposed, become one.
     */
    private static final int MOST_COMPOSED = 8;

    private final SpecialTokens special;
    /** UTF-16 units of a text that become one token at most, or {@link Integer#MAX_VALUE} for any number. */
    private final int longest;

    VocabularyTokenizer(TokenizerSpec spec) {
        this.spec = spec.withoutMerges();
        checkIds(spec);
        this.special = new SpecialTokens(spec);
        this.longest = longest(spec);
    }

    /** A run of what has no token may become one unknown token. Other than that a token has a unit for each that it stands for. */
    private static int longest(TokenizerSpec spec) {
        long bytes = IntStream.range(0, spec.tokens().size())
                .filter(id -> spec.types().get(id) == TokenType.BYTE)
                .map(id -> byteValue(spec, id))
                .distinct()
                .count();
        if (spec.types().contains(TokenType.UNKNOWN) && (spec.kind() == Kind.BYTE_LEVEL_BPE || bytes < 256)) {
            return Integer.MAX_VALUE;
        }
        long longest = spec.tokens().stream().mapToInt(String::length).max().orElse(1);
        return Math.clamp(longest * (spec.normalized() ? MOST_COMPOSED : 1), 1, Integer.MAX_VALUE);
    }

    /** Encodes the parts of one text in which there are no special tokens; used by one thread. */
    interface PlainEncoder {
        /**
         * Appends the tokens of {@code text[from..to)}, which is not empty and starts the text or follows a special token.
         *
         * @param wanted once there are more tokens than these, the rest may be left out
         */
        void encode(String text, int from, int to, TokenList out, int wanted);
    }

    /** An encoder that makes no reserved token of characters either. */
    abstract PlainEncoder plainEncoder(IntPredicate reserved);

    /** Appends what a token that is neither special nor unused stands for. */
    abstract void decode(int token, boolean first, Utf8Decoder out);

    /** The bytes of a token that is neither special nor unused, within a text. */
    abstract byte[] normalBytes(int token);

    @Override
    public final byte[] bytes(int token) {
        return switch (spec.types().get(token)) {
            case CONTROL, UNKNOWN, UNUSED -> new byte[0];
            case USER_DEFINED -> spec.tokens().get(token).getBytes(StandardCharsets.UTF_8);
            case BYTE -> new byte[] {(byte) byteValue(spec, token)};
            case NORMAL -> normalBytes(token);
        };
    }

    @Override
    public final TokenizerSpec spec() {
        return spec;
    }

    @Override
    public final int[] encode(PromptText prompt, IntPredicate reserved) {
        return encode(prompt, reserved, Integer.MAX_VALUE);
    }

    @Override
    public final int[] encode(PromptText whole, IntPredicate reserved, int wanted) {
        // So much of a text is more tokens than are wanted, wherever they are cut.
        long enough = Math.multiplyFull(wanted, longest) + longest;
        PromptText prompt = whole.length() > enough ? whole.substring(0, (int) enough) : whole;
        String text = prompt.text();
        var out = new TokenList(text.length() / 3);
        PlainEncoder plain = plainEncoder(reserved);
        int start = 0;
        int spanEnd = 0;
        boolean template = false;
        for (int i = special.isEmpty() ? text.length() : 0; i < text.length() && out.size() <= wanted; ) {
            if (i >= spanEnd) {
                template = prompt.isTemplate(i, i + 1);
                spanEnd = prompt.spanEnd(i);
            }
            int token = special.match(text, i, template ? spanEnd : i, reserved);
            if (token < 0) {
                i++;
                continue;
            }
            encodePlain(plain, text, start, i, out, wanted);
            out.add(token);
            i += spec.tokens().get(token).length();
            start = i;
        }
        if (out.size() <= wanted) {
            encodePlain(plain, text, start, text.length(), out, wanted);
        }
        return out.toArray();
    }

    private void encodePlain(PlainEncoder plain, String text, int from, int to, TokenList out, int wanted) {
        if (from == to) {
            return;
        }
        if (spec.normalized()) {
            String composed = Composition.compose(text.substring(from, to));
            plain.encode(composed, 0, composed.length(), out, wanted);
        } else {
            plain.encode(text, from, to, out, wanted);
        }
    }

    @Override
    public final String decode(int[] tokens, boolean withSpecial) {
        var stream = new Stream(false, withSpecial);
        for (int token : tokens) {
            stream.append(token);
        }
        return stream.finish();
    }

    @Override
    public final StreamDecoder stream(boolean continues, boolean withSpecial) {
        return new Stream(continues, withSpecial);
    }

    private final class Stream implements StreamDecoder {
        private final Utf8Decoder text = new Utf8Decoder();
        private final boolean withSpecial;
        private boolean first;

        Stream(boolean continues, boolean withSpecial) {
            this.first = !continues;
            this.withSpecial = withSpecial;
        }

        @Override
        public String next(int token) {
            append(token);
            return text.take();
        }

        @Override
        public String finish() {
            text.endCharacter();
            return text.take();
        }

        void append(int token) {
            if (token < 0 || token >= spec.tokens().size()) {
                throw new IllegalArgumentException("token " + token + " is outside the vocabulary of "
                        + spec.tokens().size());
            }
            switch (spec.types().get(token)) {
                case CONTROL, UNKNOWN, UNUSED -> {
                    if (!withSpecial && !ReplyMarks.contain(spec.tokens().get(token))) {
                        return;
                    }
                    text.append(spec.tokens().get(token));
                }
                case USER_DEFINED -> text.append(spec.tokens().get(token));
                case BYTE -> text.append(byteValue(spec, token));
                case NORMAL -> decode(token, first, text);
            }
            first = false;
        }
    }

    /** The byte of a token that is written {@code <0xNN>}. */
    static int byteValue(TokenizerSpec spec, int token) {
        String s = spec.tokens().get(token);
        if (s.length() == 6 && s.startsWith("<0x") && s.charAt(5) == '>') {
            int high = Character.digit(s.charAt(3), 16);
            int low = Character.digit(s.charAt(4), 16);
            if (high >= 0 && low >= 0) {
                return (high << 4) | low;
            }
        }
        throw new ModelFormatException(
                spec.source(), "token " + token, "found '" + shown(s) + "', expected a byte written <0xNN>");
    }

    /** A text from a file, short enough for a message. */
    static String shown(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    private static void checkIds(TokenizerSpec spec) {
        int size = spec.tokens().size();
        if (size == 0) {
            throw new ModelFormatException(spec.source(), "tokens", "found none, expected a vocabulary");
        }
        if (spec.types().size() != size) {
            throw new ModelFormatException(
                    spec.source(), "token types", "found " + spec.types().size() + ", expected " + size);
        }
        checkId(spec, "begin-of-text token", spec.bos(), -1);
        checkId(spec, "end-of-text token", spec.eos(), -1);
        for (int id : spec.endOfGeneration()) {
            checkId(spec, "end-of-generation token", id, 0);
        }
        if (spec.addBos() && spec.bos() < 0) {
            throw new ModelFormatException(
                    spec.source(), "begin-of-text token", "found none, expected one to begin prompts with");
        }
        if (spec.addEos() && spec.eos() < 0) {
            throw new ModelFormatException(
                    spec.source(), "end-of-text token", "found none, expected one to end texts with");
        }
        for (int id = 0; id < size; id++) {
            if (spec.types().get(id) == TokenType.BYTE) {
                byteValue(spec, id);
            }
        }
    }

    private static void checkId(TokenizerSpec spec, String what, int id, int least) {
        if (id < least || id >= spec.tokens().size()) {
            throw new ModelFormatException(
                    spec.source(),
                    what,
                    "found " + id + ", expected an id below " + spec.tokens().size());
        }
    }
}
