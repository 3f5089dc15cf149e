package bitnet.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Vocabularies that contradict themselves are refused, and the message says where. */
class TokenizerSpecTest {
    /** A vocabulary that can be changed. */
    private static final class Draft {
        Kind kind = Kind.BYTE_LEVEL_BPE;
        List<String> tokens;
        List<TokenType> types;
        List<String> merges = new ArrayList<>();
        float[] scores = {};
        int bos = 256;
        int eos = 257;
        Set<Integer> endOfGeneration = new HashSet<>(Set.of(257));

        static Draft byteLevel() {
            var draft = new Draft();
            TokenizerSpec bytes = TokenizerTest.bytes(
                    List.of("<s>", "</s>", "th", "the", "\u0120the"),
                    List.of(
                            TokenType.CONTROL,
                            TokenType.CONTROL,
                            TokenType.NORMAL,
                            TokenType.NORMAL,
                            TokenType.NORMAL));
            draft.tokens = new ArrayList<>(bytes.tokens());
            draft.types = new ArrayList<>(bytes.types());
            draft.merges.addAll(List.of("t h", "th e", "\u0120 the"));
            return draft;
        }

        static Draft sentencePiece() {
            TokenizerSpec spec = Vocabularies.sentencePiece();
            var draft = new Draft();
            draft.kind = Kind.SENTENCEPIECE;
            draft.tokens = new ArrayList<>(spec.tokens());
            draft.types = new ArrayList<>(spec.types());
            draft.scores = spec.scores().clone();
            draft.bos = 1;
            draft.eos = 2;
            draft.endOfGeneration = new HashSet<>(Set.of(2));
            return draft;
        }

        TokenizerSpec spec() {
            return new TokenizerSpec(
                    "model.gguf",
                    kind,
                    tokens,
                    types,
                    merges,
                    scores,
                    PreTokenizer.LLAMA3,
                    false,
                    bos,
                    eos,
                    endOfGeneration,
                    true,
                    true);
        }
    }

    @Test
    void soundOnesAreTaken() {
        assertThat(Tokenizer.of(Draft.byteLevel().spec()).encode("the the", false))
                .containsExactly(259, 260);
        assertThat(Tokenizer.of(Draft.sentencePiece().spec()).encode("hello", false))
                .hasSize(1);
    }

    @Test
    void byteLevel() {
        refused("merge 3", "'xy'", draft -> draft.merges.add("x y"));
        refused("merge 1", "'qq'", draft -> draft.merges.set(1, "qq e"));
        refused("merge 1", "'qq'", draft -> draft.merges.set(1, "e qq"));
        refused("merge 0", "two tokens", draft -> draft.merges.set(0, "th"));
        refused("merge 0", "two tokens", draft -> draft.merges.set(0, "t h e"));
        refused("merge 0", "two tokens", draft -> draft.merges.set(0, " th"));
        refused("merge 0", "two tokens", draft -> draft.merges.set(0, "th "));
        refused("merge 0", "two tokens", draft -> draft.merges.set(0, ""));
        // A control token is never made from text.
        refused("merge 3", "'<s>'", draft -> {
            draft.tokens.add("<s");
            draft.types.add(TokenType.NORMAL);
            draft.merges.add("<s >");
        });
        refused("tokens", "byte 65", draft -> draft.tokens.set(65, "no"));
        refused("tokens", "none", draft -> {
            draft.tokens.clear();
            draft.types.clear();
        });
        refused("token types", "260", draft -> draft.types.removeLast());
        refused("begin-of-text token", "999", draft -> draft.bos = 999);
        refused("begin-of-text token", "-2", draft -> draft.bos = -2);
        refused("begin-of-text token", "none", draft -> draft.bos = -1);
        refused("end-of-text token", "261", draft -> draft.eos = 261);
        refused("end-of-generation token", "-1", draft -> draft.endOfGeneration.add(-1));
    }

    @Test
    void sentencePiece() {
        refusedPiece("scores", "0, expected 1200", draft -> draft.scores = new float[0]);
        refusedPiece("score 7", "NaN", draft -> draft.scores[7] = Float.NaN);
        refusedPiece("token 3", "<0xNN>", draft -> draft.tokens.set(3, "<0xZZ>"));
        refusedPiece("token 3", "<0xNN>", draft -> draft.tokens.set(3, "0"));
        refusedPiece("tokens", "byte 0", draft -> {
            draft.types.set(0, TokenType.NORMAL);
            draft.types.set(3, TokenType.NORMAL);
        });
    }

    private static void refused(String where, String problem, Consumer<Draft> damage) {
        check(Draft.byteLevel(), where, problem, damage);
    }

    private static void refusedPiece(String where, String problem, Consumer<Draft> damage) {
        check(Draft.sentencePiece(), where, problem, damage);
    }

    private static void check(Draft draft, String where, String problem, Consumer<Draft> damage) {
        damage.accept(draft);
        assertThatThrownBy(() -> Tokenizer.of(draft.spec()))
                .isInstanceOfSatisfying(ModelFormatException.class, e -> {
                    assertThat(e.source()).isEqualTo("model.gguf");
                    assertThat(e.where()).isEqualTo(where);
                })
                .hasMessageContaining(problem);
    }

    /** Whatever a file says, loading it either fails with the typed exception, or gives a tokenizer that works on any text. */
    @Test
    void mutations() {
        var random = new SplittableRandom(11);
        int sound = 0;
        for (int i = 0; i < 10_000; i++) {
            Draft draft = i % 10 == 0 ? Draft.sentencePiece() : Draft.byteLevel();
            for (int n = random.nextInt(4); n >= 0; n--) {
                mutate(draft, random);
            }
            Tokenizer tokenizer;
            try {
                tokenizer = Tokenizer.of(draft.spec());
            } catch (ModelFormatException e) {
                continue;
            }
            sound++;
            String text = RandomText.of(random, 8) + draft.tokens.get(random.nextInt(draft.tokens.size()));
            int[] tokens = tokenizer.encode(text, random.nextBoolean());
            assertThat(Arrays.stream(tokens)).allMatch(token -> token >= 0 && token < draft.tokens.size());
            assertThat(tokenizer.decode(tokens, true)).isNotNull();
        }
        assertThat(sound).isBetween(1000, 9000);
    }

    private static void mutate(Draft draft, SplittableRandom random) {
        int at = random.nextInt(draft.tokens.size());
        switch (random.nextInt(9)) {
            case 0 -> draft.tokens.set(at, RandomText.of(random, 3));
            case 1 -> draft.tokens.set(at, draft.tokens.get(random.nextInt(draft.tokens.size())));
            case 2 -> draft.types.set(at, TokenType.values()[random.nextInt(TokenType.values().length)]);
            case 3 -> draft.merges.add(RandomText.of(random, 2) + " " + RandomText.of(random, 2));
            case 4 -> {
                String token = draft.tokens.get(at);
                int cut = random.nextInt(token.length() + 1);
                draft.merges.add(
                        random.nextInt(draft.merges.size() + 1), token.substring(0, cut) + " " + token.substring(cut));
            }
            case 5 -> draft.bos = random.nextInt(-2, draft.tokens.size() + 2);
            case 6 -> draft.scores = Arrays.copyOf(draft.scores, random.nextInt(draft.tokens.size() + 2));
            case 7 -> {
                if (draft.scores.length > 0) {
                    draft.scores[at % draft.scores.length] = Float.intBitsToFloat(random.nextInt());
                }
            }
            default -> {
                draft.tokens.add(RandomText.of(random, 2));
                draft.types.add(TokenType.values()[random.nextInt(TokenType.values().length)]);
                if (draft.scores.length > 0) {
                    draft.scores = Arrays.copyOf(draft.scores, draft.tokens.size());
                }
            }
        }
    }
}
