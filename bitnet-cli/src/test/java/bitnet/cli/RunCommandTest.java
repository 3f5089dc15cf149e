package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandTest {
    /** What transformers answers with the same checkpoint, greedily. */
    static final String FOX = resource("fox.txt").strip();

    private static String resource(String name) {
        try (InputStream in = RunCommandTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void standardOutputHasTheAnswerAlone() {
        Bitnet.Result result =
                new Bitnet().run("run", "--greedy", "Tell me a story about a fox named Mila who loses a lantern.");
        assertThat(result.out()).isEqualTo(FOX + "\n");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("using the built-in demo model").contains(" on cpu (");
    }

    @Test
    void wordsAreJoinedBySpaces() {
        assertThat(new Bitnet().run("run", "--greedy", "What", "is", "27 + 48?").out())
                .isEqualTo("27 + 48 = 75.\n");
    }

    @Test
    void hyphenReadsStandardInputWithoutItsLastLineEnd() {
        Bitnet.Result result = new Bitnet().reading("What is 27 + 48?\n").run("run", "--greedy", "-");
        assertThat(result.out()).isEqualTo("27 + 48 = 75.\n");
    }

    @Test
    void rawContinuesPlainText() {
        Bitnet.Result result = new Bitnet().run("run", "--raw", "--greedy", "--max-tokens", "12", "Once upon a time");
        assertThat(result.out()).isEqualTo(", there was a clever owl named Max. He lived in\n");
        assertThat(result.err()).doesNotContain("--max-tokens sets the limit");
    }

    @Test
    void systemMessageIsPartOfThePrompt() {
        var silent = new Bitnet().run("run", "--greedy", "--json", "Hello!").object();
        var told = new Bitnet()
                .run("run", "--greedy", "--json", "--system", "Answer briefly.", "Hello!")
                .object();
        assertThat(usage(told)).isGreaterThan(usage(silent));
    }

    private static int usage(Map<String, Object> answer) {
        return (int) ((Map<?, ?>) answer.get("usage")).get("prompt_tokens");
    }

    @Test
    void stopTextIsNotPartOfTheAnswer() {
        Bitnet.Result result =
                new Bitnet().run("run", "--greedy", "--json", "--stop", "zzz", "--stop", " = ", "What is 27 + 48?");
        assertThat(result.object()).containsEntry("text", "27 + 48").containsEntry("finish_reason", "stop_string");
    }

    @Test
    void jsonIsOneDocument() {
        Map<String, Object> answer = new Bitnet()
                .run("run", "--greedy", "--json", "--seed", "7", "--logprobs", "3", "What is 27 + 48?")
                .object();
        assertThat(answer)
                .containsEntry("text", "27 + 48 = 75.")
                .containsEntry("finish_reason", "stop")
                .containsEntry("seed", 7);
        assertThat(answer.keySet())
                .containsExactly("text", "finish_reason", "seed", "tokens", "usage", "timings", "model");
        List<?> tokens = (List<?>) answer.get("tokens");
        assertThat(tokens).hasSize(9);
        Map<?, ?> first = (Map<?, ?>) tokens.getFirst();
        List<?> top = (List<?>) first.get("top");
        assertThat(top).hasSize(3);
        assertThat(((Map<?, ?>) top.getFirst()).get("logprob")).isEqualTo(first.get("logprob"));
        assertThat((Double) first.get("logprob")).isBetween(-1.0, 0.0);
    }

    @Test
    void jsonStreamsAsLines() {
        String[] lines = new Bitnet()
                .run("run", "--greedy", "--json", "--stream", "What is 27 + 48?")
                .out()
                .split("\n");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.length - 1; i++) {
            text.append(((Map<?, ?>) Bitnet.parse(lines[i])).get("text"));
        }
        Map<?, ?> last = (Map<?, ?>) Bitnet.parse(lines[lines.length - 1]);
        assertThat(text.toString()).isEqualTo("27 + 48 = 75.").isEqualTo(last.get("text"));
        assertThat(last.containsKey("tokens")).isFalse();
    }

    @Test
    void logprobsAndStatisticsAreOnStandardError() {
        Bitnet.Result result = new Bitnet().run("run", "--greedy", "--logprobs", "2", "--stats", "What is 27 + 48?");
        assertThat(result.out()).isEqualTo("27 + 48 = 75.\n");
        assertThat(result.err())
                .contains("prompt 15 tokens")
                .contains("answer 9 tokens")
                .contains("\"27\"");
    }

    @Test
    void sameSeedGivesTheSameText() {
        String[] args = {"run", "--seed", "42", "--temperature", "1.5", "Tell me a story about a fox named Mila."};
        String text = new Bitnet().run(args).out();
        assertThat(new Bitnet().run(args).out()).isEqualTo(text);
        args[2] = "43";
        assertThat(new Bitnet().run(args).out()).isNotEqualTo(text);
        args[2] = "42";
        assertThat(new Bitnet().with("BITNET_SEED", "43").run(args).out()).isEqualTo(text);
    }

    @Test
    void limitThatWasNotAskedForIsExplained() {
        Bitnet.Result result = new Bitnet()
                .run("run", "--raw", "--greedy", "--context", "16", "--max-tokens", "0", "Once upon a time");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("the context is full: --context sets its size");
    }

    @Test
    void promptThatDoesNotFitHasItsExitCode() {
        Bitnet.Result result = new Bitnet().run("run", "--context", "8", "What is 27 + 48?");
        assertThat(result.code()).isEqualTo(ExitCode.CONTEXT_OVERFLOW.code());
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("--context");
    }

    @Test
    void interruptionStopsTheAnswer() {
        Bitnet bitnet = new Bitnet();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        // Interrupts when the first word has come out.
        var out = new OutputStream() {
            @Override
            public void write(int b) {
                written.write(b);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                written.write(bytes, offset, length);
                bitnet.interruption().interrupt();
            }
        };
        Bitnet.Result result = bitnet.run(
                written, out, "run", "--greedy", "Tell me a story about a fox named Mila who loses a lantern.");
        assertThat(result.code()).isEqualTo(ExitCode.INTERRUPTED.code());
        assertThat(FOX).startsWith(result.out().strip());
        assertThat(result.out().strip()).isNotEmpty().hasSizeLessThan(FOX.length());
        assertThat(result.out()).endsWith("\n");
        assertThat(result.err()).contains("interrupted");
    }

    @Test
    void interruptionWhileLoadingEndsAtOnce() {
        Bitnet bitnet = new Bitnet();
        bitnet.interruption().interrupt();
        Bitnet.Result result = bitnet.run("run", "Hello!");
        assertThat(result.code()).isEqualTo(ExitCode.INTERRUPTED.code());
        assertThat(result.out()).isEmpty();
    }

    @Test
    void closedOutputEndsQuietly() {
        var out = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Bitnet.Result result = new Bitnet().run(new ByteArrayOutputStream(), out, "run", "--greedy", "Hello!");
        assertThat(result.code()).isEqualTo(ExitCode.OUTPUT_CLOSED.code());
        assertThat(result.err()).doesNotContain("Broken").doesNotContain("Exception");
    }

    @Test
    void contradictionsAreUsageErrors() {
        assertThat(new Bitnet()
                        .run("run", "--greedy", "--temperature", "1", "x")
                        .code())
                .isEqualTo(2);
        assertThat(new Bitnet().run("run", "--raw", "--system", "s", "x").code())
                .isEqualTo(2);
        assertThat(new Bitnet().run("run", "--stream", "x").code()).isEqualTo(2);
        assertThat(new Bitnet().run("run").code()).isEqualTo(2);
        assertThat(new Bitnet().reading("").run("run", "-").code()).isEqualTo(2);
        assertThat(new Bitnet().run("run", "--top-p", "1.5", "x").err()).contains("--top-p is 1.5");
        assertThat(new Bitnet().run("run", "--context", "100000", "x").code()).isEqualTo(2);
    }

    @Test
    void outputThatCannotBeWrittenIsAFailureWithItsReason() {
        var full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        Bitnet.Result result = new Bitnet().run(new ByteArrayOutputStream(), full, "run", "--greedy", "Hello!");
        assertThat(result.code()).isEqualTo(ExitCode.FAILURE.code());
        assertThat(result.err())
                .contains("cannot write: no space left on device")
                .doesNotContain("Exception");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-5 + 3 = ?", "@home"})
    void whatBeginsLikeAnOptionIsStillText(String text) {
        String expected = new Bitnet().reading(text).run("run", "--greedy", "-").out();
        assertThat(expected).isNotEmpty();
        assertThat(new Bitnet().run("run", text, "--greedy").out()).isEqualTo(expected);
        assertThat(new Bitnet().run("run", "--greedy", "--", text).out()).isEqualTo(expected);
    }

    @Test
    void optionsKeepTheirValuesWhateverTheyBeginWith() {
        Bitnet.Result result = new Bitnet().run("run", "--greedy", "--system", "- be brief", "Hello!");
        assertThat(result.code()).isZero();
        assertThat(new Bitnet().run("run", "--seed", "-5", "Hello!").code()).isZero();
    }

    @Test
    void aMistypedOptionIsNotTakenForText() {
        Bitnet.Result result = new Bitnet().run("run", "--temprature", "0.5", "Hello!");
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.err()).contains("--temprature").contains("behind --");
    }

    @ParameterizedTest
    @CsvSource({
        "-c, 99999",
        "--context, 99999",
        "--temperature, -1",
        "--top-k, -3",
        "--top-p, 1.5",
        "--min-p, 2",
        "--repeat-penalty, 0",
        "-n, -4",
        "--max-tokens, -4",
        "--logprobs, 5000",
        "-t, -2",
        "--prefill-chunk, -1"
    })
    void aValueOutOfRangeIsNamedAsItWasTypedAndNothingIsLoaded(String option, String value) {
        Bitnet.Result result = new Bitnet().run("run", option, value, "Hello!");
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.err()).contains("bitnet: " + option + " is " + value.replace(".0", ""));
        assertThat(result.err()).doesNotContain(" on cpu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-hello", "--hello", "-cheese", "-5x", "-é"})
    void aTextThatLooksLikeAnOptionIsToldItsPlace(String text) {
        Bitnet.Result mistaken = new Bitnet().run("run", "--greedy", "--max-tokens", "1", text);
        if (mistaken.code() != 0) {
            assertThat(mistaken.code()).isEqualTo(ExitCode.USAGE.code());
            assertThat(mistaken.err()).contains("goes behind --");
        }
        assertThat(new Bitnet()
                        .run("run", "--greedy", "--max-tokens", "1", "--", text)
                        .code())
                .isZero();
    }
}
