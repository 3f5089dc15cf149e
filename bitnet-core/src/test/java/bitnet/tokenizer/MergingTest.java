package bitnet.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** The heap finds the same merges as going over all pairs again and again does, which is how the algorithms are defined. */
class MergingTest {
    @Test
    void byteLevel() {
        TokenizerSpec spec = Vocabularies.demo();
        Tokenizer tokenizer = Tokenizer.of(spec);
        Map<String, Integer> ranks = new HashMap<>();
        for (String merge : spec.merges()) {
            ranks.putIfAbsent(merge, ranks.size());
        }
        var random = new SplittableRandom(5);
        for (int i = 0; i < 3000; i++) {
            String word = word(random, "etaoinshrdlu\u00E9");
            var symbols = new ArrayList<String>();
            for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
                symbols.add(String.valueOf(ByteAlphabet.charOf(b)));
            }
            while (true) {
                int best = -1;
                for (int at = 0; at + 1 < symbols.size(); at++) {
                    Integer rank = ranks.get(symbols.get(at) + " " + symbols.get(at + 1));
                    if (rank != null
                            && (best < 0 || rank < ranks.get(symbols.get(best) + " " + symbols.get(best + 1)))) {
                        best = at;
                    }
                }
                if (best < 0) {
                    break;
                }
                symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
            }
            assertThat(tokenizer.encode(word, false)).as(word).isEqualTo(ids(spec, symbols));
        }
    }

    @Test
    void sentencePiece() {
        TokenizerSpec spec = Vocabularies.sentencePiece();
        Tokenizer tokenizer = Tokenizer.of(spec);
        var random = new SplittableRandom(6);
        for (int i = 0; i < 3000; i++) {
            String text = word(random, "etaoinshrdlu ");
            var symbols = new ArrayList<String>(List.of("\u2581"));
            text.codePoints().forEach(c -> symbols.add(c == ' ' ? "\u2581" : Character.toString(c)));
            while (true) {
                int best = -1;
                float score = Float.NEGATIVE_INFINITY;
                for (int at = 0; at + 1 < symbols.size(); at++) {
                    int id = spec.tokens().indexOf(symbols.get(at) + symbols.get(at + 1));
                    if (id >= 0 && spec.types().get(id) == TokenType.NORMAL && spec.scores()[id] > score) {
                        best = at;
                        score = spec.scores()[id];
                    }
                }
                if (best < 0) {
                    break;
                }
                symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
            }
            assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(ids(spec, symbols));
        }
    }

    /** A word of a million characters: quadratic time would be hours. */
    @Test
    void longWords() {
        var random = new SplittableRandom(7);
        var letters = new StringBuilder();
        for (int i = 0; i < 1 << 20; i++) {
            letters.append((char) ('a' + random.nextInt(26)));
        }
        Tokenizer byteLevel = Tokenizer.of(Vocabularies.demo());
        Tokenizer sentencePiece = Tokenizer.of(Vocabularies.sentencePiece());
        for (String word :
                List.of(letters.toString(), "a".repeat(1 << 20), " ".repeat(1 << 20), "\n ".repeat(1 << 19))) {
            Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
                assertThat(byteLevel.decode(byteLevel.encode(word, true), true)).isEqualTo(word);
                assertThat(sentencePiece.decode(sentencePiece.encode(word, true), true))
                        .isEqualTo(word);
            });
        }
    }

    private static String word(SplittableRandom random, String alphabet) {
        var word = new StringBuilder();
        for (int n = 1 + random.nextInt(40); n > 0; n--) {
            word.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return word.toString();
    }

    private static int[] ids(TokenizerSpec spec, List<String> symbols) {
        return symbols.stream().mapToInt(spec.tokens()::indexOf).toArray();
    }
}
