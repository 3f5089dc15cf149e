package bitnet.engine;

import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.StreamDecoder;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** Stands for the vocabulary of a model that was loaded without it: no token has a text, and none ends an answer. */
final class TokensOnly implements Tokenizer {
    private final TokenizerSpec spec;

    TokensOnly(String source) {
        spec = new TokenizerSpec(
                source,
                TokenizerSpec.Kind.BYTE_LEVEL_BPE,
                List.of(),
                List.of(),
                List.of(),
                new float[0],
                null,
                false,
                -1,
                -1,
                Set.of(),
                false,
                false);
    }

    @Override
    public int[] encode(PromptText text, IntPredicate reserved) {
        throw noText();
    }

    @Override
    public String decode(int[] tokens, boolean withSpecial) {
        throw noText();
    }

    @Override
    public StreamDecoder stream(boolean continues, boolean withSpecial) {
        return new StreamDecoder() {
            @Override
            public String next(int token) {
                return "";
            }

            @Override
            public String finish() {
                return "";
            }
        };
    }

    @Override
    public TokenizerSpec spec() {
        return spec;
    }

    private static IllegalStateException noText() {
        return new IllegalStateException("the model was loaded for tokens only: it has no vocabulary");
    }
}
