package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.Token;
import bitnet.constraint.TokenConstraint;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Answers of the demo model that have to follow a constraint. It knows nothing of JSON, so nothing comes out right by chance. */
class ConstrainedGenerationTest {
    private static final String SCHEMA = """
            {"type":"object","additionalProperties":false,"required":["animal","age","colours"],"properties":{
              "animal":{"type":"string","maxLength":12},
              "age":{"type":"integer","minimum":1,"maximum":30},
              "wild":{"type":"boolean"},
              "colours":{"type":"array","minItems":1,"maxItems":3,"items":{"enum":["red","green","dark blue"]}}}}
            """;

    private static final List<Message> QUESTION = List.of(Message.user("Tell me of a fox."));

    private static Model model;

    @BeforeAll
    static void load() throws URISyntaxException {
        model = Model.load(Path.of(ConstrainedGenerationTest.class
                        .getResource("/demo-model/config.json")
                        .toURI())
                .getParent());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Completion answer(GenerationOptions options) {
        try (Generation generation = model.generate(QUESTION, options)) {
            return generation.finish();
        }
    }

    @Test
    void answersAreValidHoweverTheyAreSampled() {
        Schema judge = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SCHEMA, InputFormat.JSON);
        GenerationOptions options = GenerationOptions.greedy().withConstraint(TokenConstraint.jsonSchema(SCHEMA));
        List<GenerationOptions> ways = new ArrayList<>(List.of(options, options.withRepeatPenalty(1.3f)));
        for (int seed = 0; seed < 8; seed++) {
            ways.add(options.withTemperature(1.5f).withTopK(seed % 2 * 40).withSeed(seed));
        }
        for (GenerationOptions way : ways) {
            Completion answer = answer(way);
            assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(judge.validate(answer.text(), InputFormat.JSON))
                    .as(answer.text())
                    .isEmpty();
        }
    }

    @Test
    void nothingIsSampledWhereThereIsNoChoice() {
        String text = "This is a text that nobody would expect, 0123456789.";
        GenerationOptions options =
                GenerationOptions.greedy().withConstraint(TokenConstraint.gbnf("root ::= \"" + text + "\""));
        Completion answer = answer(options);
        assertThat(answer.text()).isEqualTo(text);
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        int beginOfText = 1;
        assertThat(answer.usage().completionTokens()).isEqualTo(model.tokens(text).length - beginOfText);
    }

    @Test
    void logprobsAreOfEveryToken() {
        GenerationOptions options =
                GenerationOptions.greedy().withLogprobs(1).withConstraint(TokenConstraint.regex("(yes|no), certainly"));
        try (Generation generation = model.generate(QUESTION, options)) {
            List<Token> tokens = new ArrayList<>();
            generation.forEachRemaining(tokens::add);
            assertThat(generation.text()).matches("(yes|no), certainly");
            assertThat(tokens).allSatisfy(token -> assertThat(token.logprob()).isLessThanOrEqualTo(0));
        }
    }

    @Test
    void anAnswerThatIsCutOffSaysSo() {
        GenerationOptions options = GenerationOptions.greedy().withConstraint(TokenConstraint.jsonSchema(SCHEMA));
        Completion answer = answer(options.withMaxTokens(4));
        assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer(options).text()).startsWith(answer.text());
        assertThat(answer(options.withStop("age")).finishReason()).isEqualTo(FinishReason.STOP_STRING);
    }

    @Test
    void manyAtOnceGetTheSameAsAlone() throws Exception {
        GenerationOptions options = GenerationOptions.greedy()
                .withTemperature(1)
                .withSeed(5)
                .withConstraint(TokenConstraint.jsonSchema(SCHEMA));
        String alone = answer(options).text();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(threads.submit(() -> answer(options).text()));
                threads.submit(() ->
                        answer(GenerationOptions.greedy().withMaxTokens(10)).text());
            }
            for (Future<String> answer : answers) {
                assertThat(answer.get()).isEqualTo(alone);
            }
        }
    }
}
