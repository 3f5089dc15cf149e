package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bitnet embed} and {@code bitnet similarity}. */
class EmbedCommandTest {
    @TempDir
    private Path directory;

    private static String model() {
        try {
            return Path.of(Objects.requireNonNull(EmbedCommandTest.class.getResource("tiny-embedding.gguf"))
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Bitnet.Result run(Bitnet bitnet, String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(1, List.of("-m", model()));
        return bitnet.run(all.toArray(String[]::new));
    }

    private static Bitnet.Result embed(String... args) {
        List<String> all = new ArrayList<>(List.of("embed"));
        all.addAll(List.of(args));
        return run(new Bitnet(), all.toArray(String[]::new));
    }

    private static List<?> vector(Object document) {
        return (List<?>) ((Map<?, ?>) document).get("embedding");
    }

    @Test
    void writesTheVectorOfAText() {
        Bitnet.Result result = embed("a", "fox");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(vector(result.json())).hasSize(128);
        assertThat(((Number) result.object().get("tokens")).intValue()).isGreaterThan(1);
        double squares = vector(result.json()).stream()
                .mapToDouble(value -> ((Number) value).doubleValue())
                .map(value -> value * value)
                .sum();
        assertThat(squares).isCloseTo(1, within(1e-5));
        assertThat(run(new Bitnet().reading("a fox\n"), "embed").out()).isEqualTo(result.out());
    }

    @Test
    void optionsChangeIt() {
        String plain = embed("a fox").out();
        assertThat(embed("--pooling", "last", "a fox").out()).isEqualTo(plain);
        assertThat(embed("--pooling", "mean", "a fox").out()).isNotEqualTo(plain);
        assertThat(embed("--prompt", "a ", "fox").out()).isEqualTo(plain);
        assertThat(vector(embed("--dimensions", "32", "a fox").json())).hasSize(32);
        assertThat(vector(embed("--numbers", "int8", "a fox").json())).hasSize(128);
        assertThat(vector(embed("--numbers", "binary", "a fox").json())).hasSize(16);
        assertThat(embed("--no-normalize", "a fox").out()).isNotEqualTo(plain);
    }

    @Test
    void takesTokensAsTheyAre() {
        Bitnet.Result result = embed("--tokens", "361,524,597");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(((Number) result.object().get("tokens")).intValue()).isEqualTo(3);
        assertThat(embed("--tokens", "361,600").code()).isEqualTo(ExitCode.USAGE.code());
    }

    @Test
    void readsLinesOfJson() {
        Bitnet.Result result = run(new Bitnet().reading("\"a fox\"\n\n\"another\\nline\"\n"), "embed", "--jsonl");
        assertThat(result.code()).as(result.err()).isZero();
        List<String> lines = result.out().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst() + "\n").isEqualTo(embed("a fox").out());
        Bitnet.Result broken = run(new Bitnet().reading("\"a\"\n[1]\n"), "embed", "--jsonl");
        assertThat(broken.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(broken.err()).contains("line 2");
    }

    @Test
    void writesAnArray() throws Exception {
        Path file = directory.resolve("v.npy");
        Bitnet.Result result = run(
                new Bitnet().reading("\"a fox\"\n\"b\"\n"),
                "embed",
                "--jsonl",
                "--format",
                "npy",
                "-o",
                file.toString());
        assertThat(result.code()).as(result.err()).isZero();
        byte[] bytes = Files.readAllBytes(file);
        assertThat(new String(Arrays.copyOf(bytes, 128), StandardCharsets.ISO_8859_1))
                .contains("'shape': (2, 128)");
        List<?> expected = vector(embed("a fox").json());
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(bytes.length - 2 * 128 * 4);
        for (Object value : expected) {
            assertThat((double) data.getFloat()).isCloseTo(((Number) value).doubleValue(), within(1e-7));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--prompt-name query text",
                "--dimensions 129 text",
                "--dimensions -1 text",
                "--pooling most text",
                "--format npy text",
                "--output f.npy text",
                "--jsonl text",
                "--tokens 1 text",
                "--tokens x"
            })
    void nonsenseIsAUsageError(String args) {
        assertThat(embed(args.split(" ")).code()).isEqualTo(ExitCode.USAGE.code());
    }

    @Test
    void wantsAnEmbeddingModel() {
        Bitnet.Result none = new Bitnet().run("embed", "a");
        assertThat(none.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(none.err()).contains("--model");
        Bitnet.Result run = run(new Bitnet(), "run", "a");
        assertThat(run.code()).isEqualTo(ExitCode.MODEL_UNSUPPORTED.code());
        assertThat(run.err()).contains("bitnet embed");
    }

    @Test
    void comparesTextsWithAQuery() {
        Bitnet.Result result = run(new Bitnet(), "similarity", "a fox", "something else", "a fox");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out().lines().toList().getFirst()).isEqualTo("1.0000  a fox");
        Bitnet.Result json = run(new Bitnet(), "similarity", "--json", "a fox", "something else", "a fox");
        List<?> found = (List<?>) json.json();
        assertThat(((Map<?, ?>) found.getFirst()).get("index")).isEqualTo(1);
        assertThat(found).hasSize(2);
    }

    @Test
    void benchMeasuresEmbeddings() {
        Bitnet.Result result = run(new Bitnet(), "bench", "--embed", "--json", "-r", "1");
        assertThat(result.code()).as(result.err()).isZero();
        List<?> lengths = (List<?>) result.object().get("lengths");
        assertThat(lengths).hasSize(3);
        assertThat(((Map<?, ?>) lengths.getLast()).get("texts")).isEqualTo(8);
        assertThat(((Map<?, ?>) result.object().get("alone")).get("tokens")).isEqualTo(32);
        assertThat(run(new Bitnet(), "bench", "--embed", "-r", "1").out()).contains("texts/s", "alone");
        assertThat(run(new Bitnet(), "bench", "--embed", "-p", "3").code()).isEqualTo(ExitCode.USAGE.code());
    }

    @Test
    void inspectShowsWhatItIs() {
        assertThat(new Bitnet().run("inspect", model()).out()).contains("embeds texts, pooling last");
    }
}
