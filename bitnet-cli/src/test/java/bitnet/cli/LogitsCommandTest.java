package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LogitsCommandTest {
    private static final int VOCABULARY = 2048;

    @TempDir
    private Path directory;

    @Test
    void fileIsANumPyArrayOfTheModelsLogits() throws IOException {
        Path file = directory.resolve("x.npy");
        Bitnet.Result result = new Bitnet().run("logits", "--tokens", "1810,317,25", "-o", file.toString());
        assertThat(result.code()).isZero();
        assertThat(result.out()).isEmpty();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.get(0)).isEqualTo((byte) 0x93);
        assertThat(new String(bytes.array(), 1, 5, StandardCharsets.US_ASCII)).isEqualTo("NUMPY");
        assertThat(bytes.getShort(6)).isEqualTo((short) 1);
        int header = bytes.getShort(8);
        assertThat((10 + header) % 64).isZero();
        assertThat(new String(bytes.array(), 10, header, StandardCharsets.US_ASCII))
                .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2048), }")
                .endsWith("\n");
        assertThat(bytes.capacity()).isEqualTo(10 + header + 3 * VOCABULARY * 4);
        float[][] expected = new float[3][];
        try (Model model = Model.load(DemoModel.file(), LoadOptions.defaults().withKvType(KvType.F32))) {
            model.evaluate(new int[] {1810, 317, 25}, (position, logits) -> expected[position] = logits.clone());
        }
        bytes.position(10 + header);
        for (float[] row : expected) {
            for (float value : row) {
                assertThat(bytes.getInt()).isEqualTo(Float.floatToRawIntBits(value));
            }
        }
    }

    @Test
    void fileThatIsThereStaysUntilTheNewOneIsComplete() throws IOException {
        Path file = Files.writeString(directory.resolve("x.npy"), "old");
        Bitnet.Result result = new Bitnet().run("logits", "--tokens", "1,2,99999", "-o", file.toString());
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(file).hasContent("old");
        int[] tooMany = new int[3000];
        String tokens = Arrays.toString(tooMany).replaceAll("[\\[\\]]", "");
        result = new Bitnet().run("logits", "--tokens", tokens, "-o", file.toString());
        assertThat(result.code()).isEqualTo(ExitCode.CONTEXT_OVERFLOW.code());
        assertThat(file).hasContent("old");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void missingDirectoryIsSaid() {
        Bitnet.Result result = new Bitnet()
                .run(
                        "logits",
                        "--tokens",
                        "1",
                        "-o",
                        directory.resolve("no/x.npy").toString());
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.err()).contains("does not exist");
    }

    @Test
    void noVocabularyIsNeeded() throws IOException {
        Path model = directory.resolve("m.gguf");
        assertThat(new Bitnet()
                        .run("synth", "--shape", "tiny", model.toString())
                        .code())
                .isZero();
        byte[] bytes = Files.readAllBytes(model);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(model, text.replace("tokenizer.ggml", "unknown__.ggml").getBytes(StandardCharsets.ISO_8859_1));
        Path file = directory.resolve("x.npy");
        Bitnet.Result result =
                new Bitnet().run("logits", "-m", model.toString(), "--tokens", "1,2", "-o", file.toString());
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(file).isNotEmptyFile();
        assertThat(new Bitnet().run("run", "-m", model.toString(), "x").code()).isEqualTo(ExitCode.MODEL_FORMAT.code());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void onlyRegularFilesAreReplaced() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (Path target : List.of(pipe, Path.of("/dev/null"))) {
            Bitnet.Result result = new Bitnet().run("logits", "--tokens", "1", "-o", target.toString());
            assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
            assertThat(result.err()).contains(target + " is not a regular file");
            assertThat(Files.isRegularFile(target)).isFalse();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSymbolicLinkStaysAndWhatItLeadsToIsReplaced() throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        Path file = Files.writeString(other.resolve("x.npy"), "old");
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("other", "x.npy"));
        assertThat(new Bitnet()
                        .run("logits", "--tokens", "1", "-o", link.toString())
                        .code())
                .isZero();
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.size(file)).isGreaterThan(1000);
        Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
        assertThat(new Bitnet()
                        .run("logits", "--tokens", "1", "-o", loop.toString())
                        .code())
                .isEqualTo(ExitCode.USAGE.code());
    }
}
