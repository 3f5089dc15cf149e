package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatSession;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Model;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose sequences have a state beside their pages, through the API: what was computed before changes no answer. */
class HybridModelTest {
    private static final GenerationOptions GREEDY = GenerationOptions.greedy().withMaxTokens(24);

    private static Model load(String file) throws URISyntaxException {
        return Model.load(
                Path.of(HybridModelTest.class.getResource("/families/" + file).toURI()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35/q2_0.gguf", "tiny-bonsai2-qwen35/pq2_0.gguf"})
    void aConversationIsTheSameHoweverItCameAbout(String file) throws URISyntaxException {
        try (Model model = load(file);
                ChatSession chat = model.chat()) {
            String first = chat.send("one two three four five six seven eight nine ten", GREEDY);
            try (ChatSession fork = chat.fork()) {
                String second = chat.send("and on", GREEDY);
                assertThat(fork.send("and on", GREEDY)).isEqualTo(second);
                chat.reset();
                assertThat(chat.send("one two three four five six seven eight nine ten", GREEDY))
                        .isEqualTo(first);
                assertThat(chat.send("and on", GREEDY)).isEqualTo(second);
            }
        }
    }

    /** A prompt that shares its beginning with one before, and a guess that is not made. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35/q2_0.gguf"})
    void promptsThatBeginAlikeDoNotMeet(String file) throws URISyntaxException {
        int[] prompt = new int[130];
        Arrays.setAll(prompt, i -> i * 7 % 590);
        int[] other = Arrays.copyOf(prompt, 100);
        try (Model used = load(file);
                Model fresh = load(file)) {
            complete(used, prompt);
            assertThat(complete(used, other)).isEqualTo(complete(fresh, other));
            assertThat(complete(used, prompt)).isEqualTo(complete(fresh, prompt));
        }
    }

    private static String complete(Model model, int[] prompt) {
        try (Generation generation = model.complete(prompt, GREEDY.withSpeculation(true))) {
            return generation.finish().text();
        }
    }
}
