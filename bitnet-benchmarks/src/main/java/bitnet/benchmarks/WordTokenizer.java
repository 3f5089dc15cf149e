package bitnet.benchmarks;

import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.StreamDecoder;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;

/** The bytes of a made-up vocabulary in the size and the mixture of Llama 3's: bytes, words, numbers, punctuation, other scripts. */
final class WordTokenizer implements Tokenizer {
    /** The token that ends an answer. */
    static final int END = 0;

    private static final String PUNCTUATION = "{}[]():;,.\"'`!?-_=+*/<>|\\@#$%^&~ \n\t";

    private final List<byte[]> bytes = new ArrayList<>();
    private final TokenizerSpec spec = new TokenizerSpec(
            "made up",
            TokenizerSpec.Kind.BYTE_LEVEL_BPE,
            Collections.nCopies(Shapes.VOCABULARY, ""),
            List.of(),
            List.of(),
            new float[0],
            null,
            false,
            -1,
            END,
            Set.of(END),
            false,
            false);

    WordTokenizer() {
        bytes.add(new byte[0]);
        for (int b = 0; b < 256; b++) {
            bytes.add(new byte[] {(byte) b});
        }
        Set<String> words = new LinkedHashSet<>();
        for (int i = 0; i < 1000; i++) {
            words.add(Integer.toString(i));
        }
        Random random = new Random(1);
        while (bytes.size() + words.size() < Shapes.VOCABULARY) {
            words.add(word(random));
        }
        words.forEach(word -> bytes.add(word.getBytes(StandardCharsets.UTF_8)));
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder(random.nextInt(2) == 0 ? " " : "");
        int kind = random.nextInt(10);
        int length = 2 + random.nextInt(kind < 8 ? 9 : 4);
        for (int i = 0; i < length; i++) {
            word.append(
                    switch (kind) {
                        case 8 -> PUNCTUATION.charAt(random.nextInt(PUNCTUATION.length()));
                        case 9 -> (char) (0x4E00 + random.nextInt(0x5000));
                        default -> (char) ((kind < 2 && i == 0 ? 'A' : 'a') + random.nextInt(26));
                    });
        }
        return word.toString();
    }

    @Override
    public byte[] bytes(int token) {
        return bytes.get(token);
    }

    @Override
    public TokenizerSpec spec() {
        return spec;
    }

    @Override
    public int[] encode(PromptText text, IntPredicate reserved) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String decode(int[] tokens, boolean withSpecial) {
        throw new UnsupportedOperationException();
    }

    @Override
    public StreamDecoder stream(boolean continues, boolean withSpecial) {
        throw new UnsupportedOperationException();
    }
}
