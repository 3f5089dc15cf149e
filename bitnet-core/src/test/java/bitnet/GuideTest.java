package bitnet;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.constraint.TokenConstraint;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The examples of the guide: they compile, they run, and they are the ones in the guide. */
class GuideTest {
    private final CountDownLatch stopButton = new CountDownLatch(1);
    private final Printed out = new Printed();
    private Path path;

    @BeforeEach
    void findModel() throws URISyntaxException {
        path = Path.of(GuideTest.class.getResource("/demo-model/config.json").toURI())
                .getParent();
    }

    /** Stands for {@code java.lang.System} in the examples. */
    private static final class Printed {
        private final StringBuilder text = new StringBuilder();

        void print(String words) {
            text.append(words);
        }

        void println(Object words) {
            text.append(words).append('\n');
        }
    }

    private void awaitTheStopButton() {
        try {
            stopButton.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double negativeLogLikelihood(float[] logits, int token) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - logits[token]);
        }
        return Math.log(sum);
    }

    @Test
    void gettingStarted() {
        // begin
        try (Model model = Model.load(path);
                ChatSession chat = model.chat()) {
            out.println(chat.send("What is 27 + 48?"));
            try (Generation answer = chat.stream("Tell me a story about a fox named Mila who loses a lantern.")) {
                while (answer.hasNext()) {
                    out.print(answer.next().text());
                }
                out.println(answer.finish());
            }
            model.info().considered().forEach(out::println);
        }
        // end
        assertThat(out.text).contains("Mila").contains("finishReason=STOP").contains("scalar (cpu): chosen");
    }

    @Test
    void textWithoutAConversation() {
        try (Model model = Model.load(path)) {
            // begin
            Completion completion = model.complete(
                            "Once upon a time", GenerationOptions.greedy().withMaxTokens(40))
                    .finish();
            out.println(completion.text() + " (" + completion.finishReason() + ")");
            out.println(completion.usage() + ", " + completion.timings().decodeTokensPerSecond() + " tokens/s");
            // end
            assertThat(out.text).contains("(LENGTH)").contains("completionTokens=40");
        }
    }

    @Test
    void cancelling() {
        try (Model model = Model.load(path);
                ChatSession chat = model.chat()) {
            stopButton.countDown();
            // begin
            try (Generation answer = chat.stream("Tell me a story about a fox named Mila who loses a lantern.")) {
                Thread.ofVirtual().start(() -> {
                    awaitTheStopButton();
                    answer.cancel();
                });
                answer.forEachRemaining(token -> out.print(token.text()));
                out.println(answer.finish().finishReason());
            }
            // end
            assertThat(out.text.toString()).containsAnyOf("CANCELLED", "STOP");
        }
    }

    @Test
    void sessions() {
        try (Model model = Model.load(path)) {
            // begin
            ChatOptions options = ChatOptions.defaults()
                    .withSystem("Answer briefly.")
                    .withGeneration(GenerationOptions.defaults().withTemperature(0.3f))
                    .withOverflow(ChatOptions.OverflowPolicy.DROP_OLDEST_TURNS);
            try (ChatSession chat = model.chat(options)) {
                out.println(chat.send("How many legs does a spider have?"));
            }
            // end
            assertThat(out.text).isNotEmpty();
        }
    }

    @Test
    @SuppressWarnings("resource")
    void devices() {
        // begin
        Devices.probe().forEach(out::println);

        Model model = Model.load(path, LoadOptions.defaults().withDevice(DevicePolicy.prefer(Device.CUDA)));
        out.println(model.info().backend() + " on " + model.info().device());
        model.info().considered().forEach(out::println);
        // end
        model.close();
        assertThat(out.text).contains("scalar (cpu): usable").contains("scalar on cpu");
    }

    @Test
    void limits() {
        // begin
        Scheduling limits = Scheduling.defaults().withMaxRunning(16).withMaxQueued(64);
        try (Model model = Model.load(path, LoadOptions.defaults().withScheduling(limits))) {
            var options = GenerationOptions.defaults()
                    .withDeadline(Duration.ofSeconds(30))
                    .withCancelOnInterrupt(true);
            try (Generation answer = model.complete("Once upon a time", options)) {
                out.println(answer.finish().text());
            } catch (BusyException e) {
                out.println("try again later: " + e.getMessage());
            }
            out.println(model.stats());
        }
        // end
        assertThat(out.text.toString()).contains("queued=0");
    }

    @Test
    void answersThatFollowAGrammar() {
        List<Message> messages = List.of(Message.user("Tell me of a fox."));
        try (Model model = Model.load(path)) {
            // begin
            TokenConstraint animal = TokenConstraint.jsonSchema("""
                    {"type": "object", "required": ["name", "legs"], "additionalProperties": false,
                     "properties": {"name": {"type": "string", "maxLength": 20}, "legs": {"type": "integer", "minimum": 0}}}
                    """);
            try (Generation answer =
                    model.generate(messages, model.defaultOptions().withConstraint(animal))) {
                out.println(answer.finish().text());
            }
            // end
            assertThat(out.text.toString().strip()).matches("\\{\"name\": ?\".*\", ?\"legs\": ?\\d+}");
        }
    }

    @Test
    void logits() {
        try (Model model = Model.load(path)) {
            // begin
            int[] tokens = model.tokens("Once upon a time, there was a cheerful fox named Rosa.");
            double[] sum = new double[1];
            model.evaluate(tokens, (position, logits) -> {
                if (position + 1 < tokens.length) {
                    sum[0] += negativeLogLikelihood(logits, tokens[position + 1]);
                }
            });
            out.println("perplexity " + Math.exp(sum[0] / (tokens.length - 1)));
            // end
            assertThat(out.text).startsWith("perplexity ");
            double perplexity = Double.parseDouble(
                    out.text.substring("perplexity ".length()).strip());
            assertThat(perplexity).isBetween(1.0, 20.0);
        }
    }

    @Test
    void embeddings() throws URISyntaxException {
        Path path = Path.of(GuideTest.class
                        .getResource("/families/tiny-bitnet-embedding-qwen3/i2_s.gguf")
                        .toURI())
                .getParent();
        // begin
        List<String> texts = List.of("Foxes eat mice and berries.", "A lantern gives light.", "27 and 48 make 75.");
        try (EmbeddingModel model = EmbeddingModel.load(path)) {
            List<Embedding> vectors = model.embed(texts);
            Embedding question = model.embed(
                    "What does a fox live on?", EmbeddingOptions.defaults().withPromptName("query"));
            IntStream.range(0, texts.size())
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -question.similarity(vectors.get(i))))
                    .limit(2)
                    .forEach(i -> out.println(question.similarity(vectors.get(i)) + "  " + texts.get(i)));
        }
        // end
        List<String> lines = out.text.toString().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(Double.parseDouble(lines.getFirst().split(" ")[0]))
                .isGreaterThanOrEqualTo(Double.parseDouble(lines.getLast().split(" ")[0]));
    }

    @Test
    void theGuideHasTheseExamples() throws IOException {
        String guide = Files.readString(Path.of("../docs/guide.md"));
        String source = Files.readString(Path.of("src/test/java/bitnet/GuideTest.java"));
        List<String> shown = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(guide)
                .results()
                .map(match -> squeezed(match.group(1)).replace("System.out", "out"))
                .toList();
        List<String> tested = Pattern.compile("// begin\n(.*?)// end", Pattern.DOTALL)
                .matcher(source)
                .results()
                .map(match -> squeezed(match.group(1)))
                .toList();
        assertThat(shown).containsExactlyElementsOf(tested);
    }

    private static String squeezed(String code) {
        return code.replaceAll("\\s+", "");
    }
}
