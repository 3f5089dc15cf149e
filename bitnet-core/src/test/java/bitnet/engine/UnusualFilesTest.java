package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.ModelFormatException;
import bitnet.Token;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole files that other software writes, or leaves behind, and that are easily mistaken for damaged ones. */
class UnusualFilesTest {
    private static final LoadOptions TOKENS = LoadOptions.defaults().withTokensOnly(true);

    @TempDir
    private Path directory;

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = UnusualFilesTest.class.getResourceAsStream("/bitnet/gguf/" + name);
                InputStream bytes = name.endsWith(".gz") ? new GZIPInputStream(in) : in) {
            return bytes.readAllBytes();
        }
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("model.gguf"), bytes);
    }

    private static List<Integer> answer(Model model) {
        return model.complete(new int[] {5, 6, 7}, GenerationOptions.greedy().withMaxTokens(4)).stream()
                .map(Token::id)
                .toList();
    }

    /** Scales that differ from block to block, and a type whose number is younger than most readers. */
    @ParameterizedTest
    @ValueSource(strings = {"tq2_0-scales-differ.gguf.gz", "llama-q2_0.gguf.gz"})
    void run(String name) throws IOException {
        try (Model model = Model.load(file(resource(name)), TOKENS)) {
            assertThat(answer(model)).hasSize(4);
        }
    }

    @Test
    void anInterruptedThreadLoadsAndStaysInterrupted() throws IOException {
        Path path = file(resource("tiny-bitnet-i2_s.gguf"));
        Thread.currentThread().interrupt();
        try (Model model = Model.load(path, TOKENS)) {
            assertThat(Thread.interrupted()).isTrue();
            assertThat(answer(model)).hasSize(4);
        } finally {
            Thread.interrupted();
        }
    }

    /** Weights, embedding and head are in memory of the library's own, and no file is mapped. */
    @ParameterizedTest
    @ValueSource(strings = {"cut", "overwritten", "replaced", "deleted"})
    void whatBecomesOfTheFileOfALoadedModelChangesNothing(String how) throws IOException {
        byte[] bytes = resource("tiny-bitnet-i2_s.gguf");
        Path path = file(bytes);
        try (Model model = Model.load(path, TOKENS)) {
            List<Integer> before = answer(model);
            switch (how) {
                case "cut" -> {
                    try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                        channel.truncate(4096);
                    }
                }
                case "overwritten" -> {
                    new Random(1).nextBytes(bytes);
                    try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                        channel.write(ByteBuffer.wrap(bytes));
                    }
                }
                case "replaced" ->
                    Files.move(
                            Files.write(directory.resolve("other"), new byte[100]),
                            path,
                            StandardCopyOption.REPLACE_EXISTING);
                default -> Files.delete(path);
            }
            assertThat(answer(model)).isEqualTo(before);
            assertThat(model.complete(
                                    new int[] {9, 8}, GenerationOptions.greedy().withMaxTokens(4))
                            .finish()
                            .usage()
                            .completionTokens())
                    .isPositive();
        }
    }

    /** Loads a file and answers what is said on standard error meanwhile. */
    private static String said(Path path) {
        PrintStream before = System.err;
        var err = new ByteArrayOutputStream();
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try (Model model = Model.load(path, TOKENS)) {
            assertThat(answer(model)).hasSize(4);
        } finally {
            System.setErr(before);
        }
        return err.toString(StandardCharsets.UTF_8);
    }

    /** A download that was given its size first, and ended early: its last part is zeros. */
    @Test
    void weightsOfZerosAreWarnedOfByName() throws IOException {
        byte[] bytes = resource("tiny-bitnet-i2_s.gguf");
        assertThat(said(file(bytes))).doesNotContain("zeros");
        int codes = 511_392; // of blk.1.ffn_up.weight; its scale, behind them, stays
        Arrays.fill(bytes, codes, codes + 32_768, (byte) 0);
        assertThat(said(file(bytes))).contains("pages of nothing but zeros in blk.1.ffn_up.weight (7)");
    }

    @Test
    void aNormOfZerosIsRefusedByName() throws IOException {
        byte[] bytes = resource("tiny-bitnet-i2_s.gguf");
        Arrays.fill(bytes, bytes.length - bytes.length / 20, bytes.length, (byte) 0);
        Path path = file(bytes);
        assertThatThrownBy(() -> Model.load(path, TOKENS).close())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining("output_norm.weight: all its 256 weights are zero");
    }

    /** A Llama whose weights are all -s, 0 or s, and whose config.json does not say that they are ternary. */
    @Test
    void aCheckpointThatDoesNotSayThatItIsTernaryRuns() throws IOException {
        for (String name : List.of("model.safetensors", "config.json")) {
            try (InputStream in = UnusualFilesTest.class.getResourceAsStream("/tiny-llama-ternary/" + name)) {
                Files.copy(in, directory.resolve(name));
            }
        }
        List<Integer> named;
        try (Model model = Model.load(directory, TOKENS)) {
            named = answer(model);
        }
        Path config = directory.resolve("config.json");
        String silent = Files.readString(config).replaceAll("(?s),\\s*\"quantization_config\".*", "}");
        assertThat(silent).doesNotContain("quantization");
        Files.writeString(config, silent);
        try (Model model = Model.load(directory, TOKENS)) {
            assertThat(answer(model)).isEqualTo(named).hasSize(4);
        }
    }
}
