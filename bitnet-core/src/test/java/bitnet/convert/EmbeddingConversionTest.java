package bitnet.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufModel;
import bitnet.model.ModelFile;
import bitnet.scalar.ScalarBackend;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Embedding models to GGUF: the file gives the same vectors, bit by bit. */
class EmbeddingConversionTest {
    private static final List<String> TEXTS = List.of("a fox", "", "the same again ".repeat(40));

    @TempDir
    private Path directory;

    private static Path source(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(EmbeddingConversionTest.class.getResource("/families/" + name))
                .toURI());
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-bitnet-embedding-qwen3/, I2_S",
        "tiny-bitnet-embedding-qwen3/i2_s.gguf, I2_S",
        "tiny-bitnet-embedding-gemma3/i2_s.gguf, I2_S",
        "tiny-bitnet-embedding-gemma3/i2_s-no-window.gguf, I2_S",
    })
    void givesTheSameVectors(String name, WeightType type) throws Exception {
        Path from = source(name);
        Path target = directory.resolve("out.gguf");
        ConvertOptions options = ConvertOptions.to(type).withProbe(new ScalarBackend());
        try (ModelFile file = Model.open(from)) {
            ConversionReport report = ModelConverter.convert(file, target, options);
            Verification verification = Objects.requireNonNull(report.verification());
            assertThat(Objects.requireNonNull(verification.logits()).cosine()).isEqualTo(1);
        }
        try (EmbeddingModel before = EmbeddingModel.load(from);
                EmbeddingModel after = EmbeddingModel.load(target)) {
            assertThat(after.pooling()).isEqualTo(before.pooling());
            List<Embedding> expected = before.embed(TEXTS);
            List<Embedding> found = after.embed(TEXTS);
            for (int i = 0; i < TEXTS.size(); i++) {
                assertThat(found.get(i).vector()).isEqualTo(expected.get(i).vector());
            }
        }
    }

    @Test
    void carriesTheWindow() throws Exception {
        Path target = directory.resolve("out.gguf");
        try (ModelFile file = Model.open(source("tiny-bitnet-embedding-gemma3/i2_s.gguf"))) {
            ModelConverter.convert(file, target, ConvertOptions.to(WeightType.I2_S));
        }
        try (GgufModel written = GgufModel.open(target)) {
            var metadata = written.file().metadata();
            assertThat(metadata.integer("gemma3.attention.sliding_window", 0, 1000))
                    .contains(64);
            assertThat(metadata.integer("gemma3.attention.sliding_window_pattern", 0, 1000))
                    .contains(6);
            assertThat(metadata.number("gemma3.rope.freq_base_swa")).contains(10_000.0);
            assertThat(metadata.text("gemma3.hidden_activation")).contains("gelu_pytorch_tanh");
        }
    }

    /** GGUF has scores for such vocabularies, and their merges do not follow from scores. */
    @Test
    void refusesGemmasVocabularyOfMerges() throws Exception {
        try (ModelFile file = Model.open(source("tiny-bitnet-embedding-gemma3/"))) {
            assertThatThrownBy(() -> ModelConverter.convert(
                            file, directory.resolve("out.gguf"), ConvertOptions.to(WeightType.I2_S)))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("merges");
        }
    }

    @Test
    void refusesVectorsThatAreNotNormalised() throws Exception {
        Path copy = directory.resolve("model");
        Files.createDirectories(copy.resolve("1_Pooling"));
        Path from = source("tiny-bitnet-embedding-qwen3/");
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(from.resolve(name), copy.resolve(name));
        }
        Files.copy(from.resolve("1_Pooling/config.json"), copy.resolve("1_Pooling/config.json"));
        Files.writeString(copy.resolve("modules.json"), "[{\"type\":\"m.Pooling\",\"path\":\"1_Pooling\"}]");
        try (ModelFile file = Model.open(copy)) {
            ConvertOptions options = ConvertOptions.to(WeightType.I2_S);
            assertThatThrownBy(() -> ModelConverter.convert(file, directory.resolve("out.gguf"), options))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("not normalised");
        }
    }
}
