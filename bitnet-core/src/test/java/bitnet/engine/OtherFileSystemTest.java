package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.ModelFormatException;
import bitnet.convert.ConvertOptions;
import bitnet.convert.ModelConverter;
import bitnet.convert.WeightType;
import bitnet.model.ModelFile;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models in a zip archive: its files are not read by position, and the message says what to do. */
class OtherFileSystemTest {
    private static final List<String> DIRECTORY =
            List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    @TempDir
    private Path directory;

    private FileSystem zip;
    private Path gguf;
    private Path checkpoint;

    @BeforeEach
    void pack() throws Exception {
        zip = FileSystems.newFileSystem(directory.resolve("models.zip"), Map.of("create", "true"));
        gguf = zip.getPath("/model.gguf");
        copy("/bitnet/gguf/tiny-bitnet-i2_s.gguf", gguf);
        checkpoint = Files.createDirectory(zip.getPath("/model"));
        for (String name : DIRECTORY) {
            copy("/demo-model/" + name, checkpoint.resolve(name));
        }
    }

    @AfterEach
    void close() throws Exception {
        zip.close();
    }

    private static void copy(String resource, Path to) throws Exception {
        try (InputStream in = OtherFileSystemTest.class.getResourceAsStream(resource)) {
            Files.copy(in, to);
        }
    }

    @Test
    void areRefusedByName() {
        for (Path model : List.of(gguf, checkpoint)) {
            refused(() -> Model.load(model).close());
            refused(() -> EmbeddingModel.load(model).close());
            refused(() -> Model.open(model).close());
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("/model")
                .hasMessageContaining("file system")
                .hasMessageContaining("extract it first");
    }

    @Test
    void areNoTargetEither() throws Exception {
        Path plain = directory.resolve("plain.gguf");
        copy("/bitnet/gguf/tiny-bitnet-i2_s.gguf", plain);
        Path target = zip.getPath("/out.gguf");
        try (ModelFile source = bitnet.gguf.GgufModel.open(plain)) {
            assertThatThrownBy(() -> ModelConverter.convert(source, target, ConvertOptions.to(WeightType.I2_S)))
                    .isInstanceOf(java.nio.file.FileSystemException.class)
                    .hasMessageContaining("default file system");
        }
        try (var left = Files.list(zip.getPath("/"))) {
            assertThat(left.map(Path::toString)).noneMatch(name -> name.contains("out.gguf"));
        }
    }
}
