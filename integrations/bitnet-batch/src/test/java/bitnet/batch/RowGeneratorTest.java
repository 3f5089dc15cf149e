package bitnet.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.FinishReason;
import bitnet.GenerationOptions;
import bitnet.InvalidConstraintException;
import bitnet.Message;
import bitnet.Model;
import bitnet.demo.DemoModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RowGeneratorTest {
    private static Model model;

    @BeforeAll
    static void load() {
        model = Model.load(DemoModel.file());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static RowOptions options(Map<String, String> named) {
        NamedOptions options = new NamedOptions(named);
        RowOptions rows = RowOptions.of(options, model.defaultOptions());
        options.end();
        return rows;
    }

    private static RowGenerator generator(String... named) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < named.length; i += 2) {
            options.put(named[i], named[i + 1]);
        }
        return new RowGenerator(model, options(options));
    }

    /** Values of Python's hashlib and struct. */
    @Test
    void seedsAreThoseOfTheDefinition() {
        assertThat(RowSeed.of(7, 3, List.of(Message.system("Be brief."), Message.user("Grüße"))))
                .isEqualTo(4684201177046115345L);
        assertThat(RowSeed.of(0, 0, List.of(Message.user("ab"), Message.user("c"))))
                .isEqualTo(1318673045952956269L);
        assertThat(RowSeed.of(0, 0, List.of(Message.user("a"), Message.user("bc"))))
                .isEqualTo(4709953982854491478L);
    }

    @Test
    void answersAreTheSameInAnyOrderAndCompany() {
        RowGenerator generator = generator("temperature", "0.9", "maxTokens", "12", "seed", "5");
        List<Integer> rows = new ArrayList<>(IntStream.range(0, 40).boxed().toList());
        List<Answer> alone = answers(generator, rows, 1);
        assertThat(alone).allSatisfy(answer -> assertThat(answer.error()).isNull());

        Collections.reverse(rows);
        List<Answer> together = answers(generator, rows, 16);
        assertThat(texts(together.reversed())).isEqualTo(texts(alone));
        List<Answer> others = answers(generator("temperature", "0.9", "maxTokens", "12", "seed", "6"), rows, 16);
        assertThat(texts(others.reversed())).isNotEqualTo(texts(alone));
    }

    private static List<Answer> answers(RowGenerator generator, List<Integer> rows, int inFlight) {
        List<Answer> answers = new ArrayList<>();
        try (var all = new InFlight<Integer, Answer>(
                rows.iterator(), inFlight, row -> generator.answer("Tell me a story " + row, row), () -> false)) {
            all.forEachRemaining(answers::add);
        }
        return answers;
    }

    private static List<String> texts(List<Answer> answers) {
        return answers.stream().map(Answer::text).toList();
    }

    @Test
    void equalPromptsHaveOneAnswerUnlessTheirNumbersDiffer() {
        RowGenerator generator = generator("temperature", "1.5", "maxTokens", "16");
        Answer answer = generator.answer("Tell me a story.", 1);
        assertThat(generator.answer("Tell me a story.", 1).text()).isEqualTo(answer.text());
        assertThat(generator.answer("Tell me a story.", 2).text()).isNotEqualTo(answer.text());
    }

    @Test
    void promptsAreMessagesOrTextToGoOnWith() {
        GenerationOptions greedy = model.defaultOptions().withTemperature(0).withMaxTokens(8);
        assertThat(generator("temperature", "0", "maxTokens", "8")
                        .answer("What is 27 + 48?", 0)
                        .text())
                .isEqualTo("27 + 48 = 75.");
        assertThat(generator("temperature", "0", "maxTokens", "8", "chat", "false")
                        .answer("Once upon a", 0)
                        .text())
                .isEqualTo(model.complete("Once upon a", greedy).finish().text());
        assertThat(generator("temperature", "0", "maxTokens", "8", "system", "Be brief.")
                        .answer("Hi", 0)
                        .text())
                .isEqualTo(model.generate(List.of(Message.system("Be brief."), Message.user("Hi")), greedy)
                        .finish()
                        .text());
    }

    @Test
    void answersFollowASchema() {
        Answer answer = generator("jsonSchema", "{\"enum\":[\"good\",\"bad\"]}", "maxTokens", "16")
                .answer("Hello", 0);
        assertThat(answer.text()).isIn("\"good\"", "\"bad\"");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void stopIsATextOrSeveral() {
        assertThat(options(Map.of("stop", "END")).generation().stop()).containsExactly("END");
        assertThat(options(Map.of("stop", "[\"a\", \"b\"]")).generation().stop())
                .containsExactly("a", "b");
        assertThatThrownBy(() -> options(Map.of("stop", "[1]"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options(Map.of("stop", "[\"a\""))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsTheRowsFaultIsItsError() {
        Answer answer = generator("maxTokens", "4").answer("word ".repeat(5000), 0);
        assertThat(answer.text()).isNull();
        assertThat(answer.error()).startsWith("ContextOverflowException: ");
        assertThat(generator().answer(List.of(), 0).error()).startsWith("IllegalArgumentException: ");
    }

    @Test
    void optionsAreRefusedByName() {
        assertThatThrownBy(() -> generator("maxToken", "4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("there is no option maxToken; there are chat, frequencyPenalty, gbnf, ");
        assertThatThrownBy(() -> generator("temperature", "hot"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the option temperature is 'hot', expected a number");
        assertThatThrownBy(() -> generator("temperature", "-1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> generator("chat", "yes")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> generator("jsonSchema", "{}", "regex", "a"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> generator("jsonSchema", "{")).isInstanceOf(InvalidConstraintException.class);
    }

    @Test
    void anInterruptCancels() throws InterruptedException {
        RowGenerator generator = generator("maxTokens", "100000", "regex", "a*");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> generator.answer("Go on.", 0)).isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(model.stats().running()).isZero();
    }
}
