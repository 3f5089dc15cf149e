package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatSession;
import bitnet.Completion;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.PromptOptions;
import bitnet.template.ChatTemplate;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.Vocabularies;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KnownTokensTest {
    private static final Tokenizer LLAMA3 = Tokenizer.of(Vocabularies.llama3());
    private static final int END_OF_TURN = LLAMA3.encode("<|eot_id|>", true)[0];

    private static int[] encode(String text) {
        return LLAMA3.encode(text, true);
    }

    private static int[] join(int[]... parts) {
        return Stream.of(parts).flatMapToInt(Arrays::stream).toArray();
    }

    /** The same text in other tokens: each character's bytes by themselves, or in twos. */
    private static int[] otherwise(String text, Random random) {
        IntStream.Builder tokens = IntStream.builder();
        for (int i = 0; i < text.length(); ) {
            int end = Math.min(text.length(), i + 1 + random.nextInt(2));
            Arrays.stream(LLAMA3.encode(text.substring(i, end), false)).forEach(tokens::add);
            i = end;
        }
        return tokens.build().toArray();
    }

    private static String text(Random random) {
        String[] parts = {"a", "the", "Fox", " ", "  ", "\n", ".", "\u20ac", "\u4e16\u754c", "12", "'s", "<|eot_id|>"};
        return IntStream.range(0, random.nextInt(20))
                .mapToObj(_ -> parts[random.nextInt(parts.length)])
                .collect(Collectors.joining());
    }

    private static String spelled(int[] tokens) {
        return LLAMA3.decode(tokens, true);
    }

    static Stream<Path> templates() throws IOException, URISyntaxException {
        Path directory = Path.of(ChatTemplate.class.getResource("templates").toURI());
        return Files.list(directory).sorted();
    }

    @Test
    void generatedTokensStandInForTheRenderedOnes() {
        int[] known = join(encode("Assistant: "), encode("Long"), encode(" ago"), new int[] {END_OF_TURN});
        int[] rendered = encode("Assistant: Long ago<|eot_id|>User: Hi");
        assertThat(rendered).isNotEqualTo(join(known, encode("User: Hi")));
        assertThat(KnownTokens.replace(LLAMA3, rendered, known)).isEqualTo(join(known, encode("User: Hi")));
    }

    @Test
    void whatWasRewrittenIsTakenAsItIsRendered() {
        int[] known = join(encode("A: "), encode("Thi"), encode("nk. Yes"), new int[] {END_OF_TURN});
        int[] rendered = encode("A: Yes<|eot_id|>");
        int[] replaced = KnownTokens.replace(LLAMA3, rendered, known);
        assertThat(spelled(replaced)).isEqualTo("A: Yes<|eot_id|>");
        assertThat(KnownTokens.replace(LLAMA3, rendered, encode("Something else")))
                .isEqualTo(rendered);
        assertThat(KnownTokens.replace(LLAMA3, rendered, new int[0])).isEqualTo(rendered);
        assertThat(KnownTokens.replace(LLAMA3, new int[0], known)).isEmpty();
    }

    @Test
    void aKnownEndInTheMiddleOfATokenIsKept() {
        int[] known = join(encode("A: "), encode("Yes"), encode("."));
        int[] rendered = encode("A: Yes.\n\nB: No<|eot_id|>");
        int[] replaced = KnownTokens.replace(LLAMA3, rendered, known);
        assertThat(spelled(replaced)).isEqualTo("A: Yes.\n\nB: No<|eot_id|>");
        assertThat(replaced).startsWith(known);
    }

    @Test
    void aKnownEndInTheMiddleOfACharacterIsNot() {
        int[] whole = encode("A: \u20ac");
        byte[] euro = "\u20ac".getBytes(StandardCharsets.UTF_8);
        int first = IntStream.range(0, 256)
                .filter(id -> Arrays.equals(LLAMA3.bytes(id), new byte[] {euro[0]}))
                .findFirst()
                .orElseThrow();
        int[] replaced = KnownTokens.replace(LLAMA3, whole, join(encode("A: "), new int[] {first}));
        assertThat(spelled(replaced)).isEqualTo("A: \u20ac");
    }

    @Test
    void controlTokensAreNotTheTextThatSpellsThem() {
        int[] known = join(encode("A: "), LLAMA3.encode("<|eot_id|>", false), encode(" B"));
        int[] rendered = encode("A: <|eot_id|> B");
        assertThat(KnownTokens.replace(LLAMA3, rendered, known)).isEqualTo(rendered);
    }

    @Test
    void anyTwoSpellingsOfATextGiveThatText() {
        var random = new Random(7);
        for (int i = 0; i < 300; i++) {
            String text = text(random);
            String more = text(random);
            int[] known = otherwise(text, random);
            int[] rendered = LLAMA3.encode(text + more, false);
            int[] replaced = KnownTokens.replace(LLAMA3, rendered, known);
            assertThat(spelled(replaced)).isEqualTo(spelled(rendered));
        }
    }

    /** The second turn keeps the first prompt and its answer, but for what the template leaves out of it. */
    @ParameterizedTest
    @MethodSource("templates")
    void everyTemplatesSecondTurn(Path template) throws IOException {
        var format = new ChatFormat(ChatTemplate.parse(Files.readString(template)), LLAMA3);
        var random = new Random(3);
        for (String answer : List.of("Long ago there was a fox.", "<think>A fox?</think>\n\nYes: a fox", "Fox \n")) {
            int[] first = format.tokens(List.of(Message.user("Tell me a story")), PromptOptions.defaults());
            int[] known = join(first, otherwise(answer, random));
            List<Message> conversation =
                    List.of(Message.user("Tell me a story"), Message.assistant(answer), Message.user("And then?"));
            int[] rendered = format.tokens(conversation, PromptOptions.defaults());
            int[] replaced = KnownTokens.replace(LLAMA3, rendered, known);
            assertThat(spelled(replaced)).isEqualTo(spelled(rendered));
            int kept = Arrays.mismatch(replaced, known);
            kept = kept < 0 ? known.length : kept;
            String text = spelled(rendered);
            if (text.startsWith(spelled(known))) {
                assertThat(kept).as("of %d tokens", known.length).isEqualTo(known.length);
            } else {
                assertThat(kept).isGreaterThanOrEqualTo(first.length - 4);
            }
        }
    }

    @Test
    void theDemoModelComputesOnlyWhatIsNew() throws URISyntaxException {
        Path directory = Path.of(KnownTokensTest.class
                        .getResource("/demo-model/config.json")
                        .toURI())
                .getParent();
        try (Model model = Model.load(directory);
                ChatSession chat = model.chat()) {
            GenerationOptions options = GenerationOptions.greedy();
            Completion before;
            try (Generation first =
                    chat.stream("Tell me a story about a fox named Mila who loses a lantern.", options)) {
                before = first.finish();
            }
            for (String message : List.of("What is 27 + 48?", "Who are you?")) {
                try (Generation next = chat.stream(message, options)) {
                    Completion after = next.finish();
                    assertThat(after.usage().cachedTokens())
                            .as("all but the last token, which was not computed yet")
                            .isEqualTo(before.usage().promptTokens()
                                    + before.usage().completionTokens()
                                    - 1);
                    before = after;
                }
            }
        }
    }
}
