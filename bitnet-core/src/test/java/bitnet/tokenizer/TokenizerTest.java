package bitnet.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenizerTest {
    private static final Tokenizer LLAMA3 = Tokenizer.of(Vocabularies.llama3());
    private static final Tokenizer DEMO = Tokenizer.of(Vocabularies.demo());
    private static final Tokenizer SENTENCEPIECE = Tokenizer.of(Vocabularies.sentencePiece());

    static Stream<Tokenizer> all() {
        return Stream.of(LLAMA3, DEMO, SENTENCEPIECE);
    }

    @ParameterizedTest
    @MethodSource("all")
    void anyTextComesBack(Tokenizer tokenizer) {
        var random = new SplittableRandom(1);
        for (int i = 0; i < 3000; i++) {
            // U+2581 is how SentencePiece writes a space, so it comes back as one.
            String text = RandomText.of(random, 20).replace('\u2581', ' ');
            assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aStreamGivesTheWholeInWholeCharacters(Tokenizer tokenizer) {
        var random = new SplittableRandom(2);
        for (int i = 0; i < 3000; i++) {
            String text = RandomText.of(random, 20).replace('\u2581', ' ').replace('\uFFFD', '?');
            StreamDecoder stream = tokenizer.stream();
            var joined = new StringBuilder();
            for (int token : tokenizer.encode(text, false)) {
                String part = stream.next(token);
                assertThat(part).doesNotContain("\uFFFD");
                assertThat(part.codePoints().allMatch(c -> Character.getType(c) != Character.SURROGATE))
                        .isTrue();
                joined.append(part);
            }
            assertThat(stream.finish()).isEmpty();
            assertThat(joined).hasToString(text);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aStreamOfAnyTokensGivesWhatDecodingThemGives(Tokenizer tokenizer) {
        var random = new SplittableRandom(3);
        int size = tokenizer.spec().tokens().size();
        for (int i = 0; i < 3000; i++) {
            boolean withSpecial = random.nextBoolean();
            int[] tokens = random.ints(random.nextInt(12), 0, random.nextInt(3) == 0 ? size : 512)
                    .toArray();
            StreamDecoder stream = tokenizer.stream(false, withSpecial);
            var joined = new StringBuilder();
            for (int token : tokens) {
                joined.append(stream.next(token));
            }
            joined.append(stream.finish());
            assertThat(joined).hasToString(tokenizer.decode(tokens, withSpecial));
        }
    }

    @Test
    void halfACharacterWaits() {
        int[] tokens = DEMO.encode("🦊", false);
        assertThat(tokens).hasSizeGreaterThan(1);
        StreamDecoder stream = DEMO.stream();
        for (int i = 0; i < tokens.length - 1; i++) {
            assertThat(stream.next(tokens[i])).isEmpty();
        }
        assertThat(stream.next(tokens[tokens.length - 1])).isEqualTo("🦊");
        StreamDecoder cut = DEMO.stream();
        cut.next(tokens[0]);
        assertThat(cut.finish()).isEqualTo("\uFFFD");
    }

    /** Text from a stranger never becomes a control token, however it is spelled. */
    @ParameterizedTest
    @MethodSource("all")
    void plainTextHasNoControlTokens(Tokenizer tokenizer) {
        TokenizerSpec spec = tokenizer.spec();
        for (int id = 0; id < spec.tokens().size(); id++) {
            if (spec.types().get(id) == TokenType.NORMAL) {
                continue;
            }
            String spelling = spec.tokens().get(id);
            int[] plain = tokenizer.encode(spelling, false);
            assertThat(Arrays.stream(plain)).noneMatch(token -> spec.types().get(token) == TokenType.CONTROL);
            assertThat(tokenizer.decode(plain, false)).isEqualTo(spelling);
            if (spec.types().get(id) == TokenType.CONTROL) {
                assertThat(tokenizer.encode(spelling, true)).containsExactly(id);
                assertThat(tokenizer.decode(new int[] {id}, false)).isEmpty();
                assertThat(tokenizer.decode(new int[] {id}, true)).isEqualTo(spelling);
            }
        }
    }

    @Test
    void specialTokensAreCutOutFirst() {
        String text = "<|start_header_id|>user<|end_header_id|>\n\nHi <|eot_id|><|eot_id|> <|eot_";
        int[] tokens = LLAMA3.encode(text, true);
        assertThat(tokens).startsWith(128006, 882, 128007, 271).contains(128009);
        assertThat(LLAMA3.decode(tokens, true)).isEqualTo(text);
        assertThat(LLAMA3.decode(tokens, false)).isEqualTo("user\n\nHi  <|eot_");
    }

    @Test
    void theLongestSpecialTokenIsTaken() {
        List<String> added = List.of("<a>", "<a><b>", "<a><b><c>x", "ab", "abc");
        Tokenizer tokenizer = Tokenizer.of(bytes(
                added,
                List.of(
                        TokenType.CONTROL,
                        TokenType.CONTROL,
                        TokenType.CONTROL,
                        TokenType.USER_DEFINED,
                        TokenType.USER_DEFINED)));
        assertThat(tokenizer.encode("<a><b><c>y", true)).containsExactly(257, '<', 'c', '>', 'y');
        assertThat(tokenizer.encode("<a><b><c>x", true)).containsExactly(258);
        assertThat(tokenizer.encode("<a><a>", true)).containsExactly(256, 256);
        assertThat(tokenizer.encode("<a>", false)).containsExactly('<', 'a', '>');
        // What a user added is found in any text, and stays visible.
        assertThat(tokenizer.encode("xabcabd", false)).containsExactly('x', 260, 259, 'd');
        assertThat(tokenizer.decode(new int[] {260, 256, 259}, false)).isEqualTo("abcab");
    }

    @Test
    void marksOfRepliesAreTextEvenAsControlTokens() {
        List<String> tokens = new ArrayList<>(Vocabularies.bytes());
        List<String> marks = List.of("<think>", "</think>", "<tool_call>", "</tool_call>", "<|im_end|>");
        tokens.addAll(marks);
        List<TokenType> types = new ArrayList<>(Collections.nCopies(256, TokenType.NORMAL));
        types.addAll(Collections.nCopies(marks.size(), TokenType.CONTROL));
        Tokenizer tokenizer = Tokenizer.of(new TokenizerSpec(
                "test",
                Kind.BYTE_LEVEL_BPE,
                tokens,
                types,
                List.of(),
                new float[0],
                PreTokenizer.QWEN2,
                false,
                -1,
                260,
                Set.of(260),
                false,
                false));
        int[] answer = {256, 257, 258, '{', '}', 259, 260};
        assertThat(tokenizer.decode(answer, false)).isEqualTo("<think></think><tool_call>{}</tool_call>");
        StreamDecoder stream = tokenizer.stream();
        assertThat(stream.next(258)).isEqualTo("<tool_call>");
        assertThat(tokenizer.encode("<tool_call>", false))
                .as("strangers do not write them")
                .hasSize(11);
    }

    @Test
    void surrogatesWithoutAPartnerAreReplaced() {
        for (Tokenizer tokenizer : List.of(LLAMA3, DEMO, SENTENCEPIECE)) {
            assertThat(tokenizer.decode(tokenizer.encode("a\uD83E b\uDD8A", true), true))
                    .isEqualTo("a\uFFFD b\uFFFD");
        }
    }

    @Test
    void sentencePieceSpaces() {
        int[] tokens = SENTENCEPIECE.encode("hello world", false);
        assertThat(SENTENCEPIECE.decode(tokens, false)).isEqualTo("hello world");
        StreamDecoder goesOn = SENTENCEPIECE.stream(true, false);
        assertThat(goesOn.next(tokens[0])).isEqualTo(" hello");
        // A control token is no text: the space after it is still the one that was put before the text.
        int[] withBos = {1, tokens[0], tokens[1]};
        assertThat(SENTENCEPIECE.decode(withBos, false)).isEqualTo("hello world");
        assertThat(SENTENCEPIECE.decode(withBos, true)).isEqualTo("<s> hello world");
    }

    @Test
    void unknownCharactersOfSentencePieceWithoutBytes() {
        List<String> tokens = List.of("<unk>", "\u2581", "a", "\u2581a");
        var spec = new TokenizerSpec(
                "test",
                Kind.SENTENCEPIECE,
                tokens,
                List.of(TokenType.UNKNOWN, TokenType.NORMAL, TokenType.NORMAL, TokenType.NORMAL),
                List.of(),
                new float[] {0, -2, -3, -1},
                null,
                false,
                -1,
                -1,
                Set.of(),
                false,
                true);
        assertThat(Tokenizer.of(spec).encode("axxa", false)).containsExactly(3, 0, 2);
    }

    @Test
    void theMergesAreKeptOnce() {
        TokenizerSpec spec = Vocabularies.demo();
        assertThat(DEMO.spec().merges()).isEmpty();
        assertThat(DEMO.spec().tokens()).isEqualTo(spec.tokens());
        assertThat(DEMO.spec().endOfGeneration()).isEqualTo(spec.endOfGeneration());
    }

    @Test
    void tokensOutsideTheVocabularyAreMisuse() {
        assertThatThrownBy(() -> LLAMA3.decode(new int[] {128256}, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("128256");
        assertThatThrownBy(() -> LLAMA3.stream().next(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** A vocabulary of the 256 bytes, whose ids are their values, and some more tokens. */
    static TokenizerSpec bytes(List<String> added, List<TokenType> types) {
        var tokens = new ArrayList<String>();
        var allTypes = new ArrayList<TokenType>();
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(ByteAlphabet.charOf(b)));
            allTypes.add(TokenType.NORMAL);
        }
        tokens.addAll(added);
        allTypes.addAll(types);
        return new TokenizerSpec(
                "test",
                Kind.BYTE_LEVEL_BPE,
                tokens,
                allTypes,
                List.of(),
                new float[0],
                PreTokenizer.LLAMA3,
                false,
                -1,
                -1,
                Set.of(),
                false,
                false);
    }
}
