package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.ModelFile;
import bitnet.tensor.I2sLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelPathTest {
    @TempDir
    private Path directory;

    private static ModelFile open(Path path) {
        return ModelPath.open(path, I2sLayout.X86);
    }

    private static void refused(Path path, Class<? extends BitNetException> type, String message) {
        assertThatThrownBy(() -> open(path))
                .isInstanceOf(type)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(message);
    }

    @Test
    void opensGgufWhateverItsName() throws IOException {
        try (var resource = ModelPathTest.class.getResourceAsStream("/bitnet/gguf/tiny-bitnet-i2_s.gguf")) {
            Path odd = directory.resolve("model.bin");
            Files.copy(resource, odd);
            try (ModelFile file = open(odd)) {
                assertThat(file.transformer().config().architecture()).isEqualTo("bitnet-b1.58");
            }
        }
    }

    @Test
    void missing() {
        refused(directory.resolve("none.gguf"), ModelFormatException.class, "no such file");
    }

    @Test
    void empty() throws IOException {
        refused(Files.createFile(directory.resolve("empty.gguf")), ModelFormatException.class, "empty");
        refused(Files.createFile(directory.resolve("empty.safetensors")), ModelFormatException.class, "empty");
    }

    @Test
    void directoriesWithoutAModelNameWhatIsThere() throws IOException {
        refused(directory, ModelFormatException.class, "no config.json");
        Files.createFile(directory.resolve("b.gguf"));
        Files.createFile(directory.resolve("a.gguf"));
        refused(directory, ModelFormatException.class, "name one of its files: a.gguf, b.gguf");
    }

    @ParameterizedTest
    @CsvSource({
        "GGUF, ModelFormatException, ''",
        "FUGG----, ModelUnsupportedException, big-endian",
        "lmgg----, ModelUnsupportedException, before GGUF",
        "PK\u0003\u0004-, ModelUnsupportedException, PyTorch",
        "'version https://git-lfs.github.com/spec/v1', ModelFormatException, git lfs pull",
        "<!DOCTYPE html>, ModelFormatException, web page",
        "'\u0010\0\0\0\0\0\0\0{\"a\":1}', ModelFormatException, looks like safetensors",
        "abc, ModelFormatException, found 61 62 63",
        "G, ModelFormatException, found 47",
    })
    void otherFilesSayWhatTheyAre(String content, String type, String message) throws IOException {
        Path file = directory.resolve("file");
        Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
        refused(
                file,
                type.equals("ModelFormatException") ? ModelFormatException.class : ModelUnsupportedException.class,
                message);
    }

    @Test
    void pytorchPickles() throws IOException {
        Path file = Files.write(directory.resolve("model.pt"), new byte[] {(byte) 0x80, 2, 'X', 0});
        refused(file, ModelUnsupportedException.class, "safetensors");
    }
}
