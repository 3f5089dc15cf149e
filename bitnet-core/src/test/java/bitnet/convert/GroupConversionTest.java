package bitnet.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Model;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufTensor;
import bitnet.model.ModelFile;
import bitnet.model.ModelFingerprint;
import bitnet.scalar.ScalarBackend;
import bitnet.tensor.ElementType;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose scales belong to groups, from each of their containers to each other: the same weights, and the same bits. */
class GroupConversionTest {
    private static final String G128 = "tiny-bonsai-qwen3/";
    private static final String G64 = "tiny-bonsai-qwen3-g64/";
    private static final String ONE_BIT = "tiny-bonsai-qwen3-1bit-yarn/";

    @TempDir
    private Path directory;

    private Path source(String name) throws Exception {
        Path path = Path.of(Objects.requireNonNull(getClass().getResource("/families/" + name))
                .toURI());
        if (!name.endsWith(".safetensors") || Files.exists(path.resolveSibling("tokenizer.json"))) {
            return path;
        }
        // This directory lacks a vocabulary; that of the other has as many tokens.
        for (String file : List.of("config.json", "generation_config.json", "model.safetensors")) {
            Files.copy(path.resolveSibling(file), directory.resolve(file));
        }
        Files.copy(source(G128 + "tokenizer.json"), directory.resolve("tokenizer.json"));
        return directory.resolve("model.safetensors");
    }

    private Path convert(Path from, WeightType type) throws Exception {
        Path target = directory.resolve(type + ".gguf");
        ConvertOptions options =
                ConvertOptions.to(type).withProbe(new ScalarBackend()).withOverwrite(true);
        try (ModelFile file = Model.open(from)) {
            ConversionReport report = ModelConverter.convert(file, target, options);
            Verification verification = Objects.requireNonNull(report.verification());
            assertThat(verification.scaleError()).isZero();
            assertThat(Objects.requireNonNull(verification.logits()).largest()).isZero();
            assertThat(report.embeddingType()).isNull();
        }
        return target;
    }

    /** Whatever comes out holds the same weights and the same numbers of RoPE as the source, or it would not have the same print. */
    @ParameterizedTest
    @CsvSource({
        G128 + "q2_0.gguf, Q2_0 PQ2_0 PTQ1_0",
        G128 + "q2_0-g128-id42.gguf, Q2_0 PQ2_0 PTQ1_0",
        G128 + "pq2_0.gguf, PTQ1_0 Q2_0 PQ2_0",
        G128 + "ptq1_0.gguf, PTQ1_0 Q2_0",
        G128 + "model.safetensors, Q2_0 PQ2_0 PTQ1_0",
        G64 + "q2_0.gguf, Q2_0",
        G64 + "q2_0-plus2.gguf, Q2_0",
        ONE_BIT + "q1_0.gguf, Q1_0 PQ2_0 PTQ1_0 Q2_0 Q1_0",
        ONE_BIT + "model.safetensors, Q1_0 Q2_0",
    })
    void givesTheSameBitsFromOneTypeToTheNext(String name, String types) throws Exception {
        Path at = source(name);
        String expected = fingerprint(at);
        for (String type : types.split(" ")) {
            at = convert(at, WeightType.valueOf(type));
            assertThat(fingerprint(at)).as(type).isEqualTo(expected);
        }
    }

    /** The blocks of the files, which others wrote. */
    @ParameterizedTest
    @CsvSource({
        G128 + "model.safetensors, PQ2_0, " + G128 + "pq2_0.gguf",
        G128 + "model.safetensors, Q2_0, " + G128 + "q2_0.gguf",
        G128 + "pq2_0.gguf, PTQ1_0, " + G128 + "ptq1_0.gguf",
        G64 + "q2_0-plus2.gguf, Q2_0, " + G64 + "q2_0-plus2.gguf",
        ONE_BIT + "model.safetensors, Q1_0, " + ONE_BIT + "q1_0.gguf",
    })
    void writesTheBytesThatOthersWrite(String from, WeightType type, String reference) throws Exception {
        Path target = convert(source(from), type);
        try (GgufModel written = GgufModel.open(target);
                GgufModel expected = GgufModel.open(source(reference))) {
            for (GgufTensor tensor : expected.file().tensors()) {
                GgufTensor found = written.file().tensor(tensor.name()).orElseThrow();
                assertThat(found.typeId()).isEqualTo(tensor.typeId());
                assertThat(written.file()
                                .data(found)
                                .copy()
                                .mismatch(expected.file().data(tensor).copy()))
                        .as(tensor.name())
                        .isEqualTo(-1);
            }
            assertThat(written.file().tensors()).hasSameSizeAs(expected.file().tensors());
        }
    }

    @Test
    void findsTheNumbersOfYarnAgain() throws Exception {
        Path target = convert(source(ONE_BIT + "q1_0.gguf"), WeightType.Q1_0);
        try (GgufModel written = GgufModel.open(target)) {
            var metadata = written.file().metadata();
            assertThat(metadata.text("qwen3.rope.scaling.type")).hasValue("yarn");
            assertThat(metadata.number("qwen3.rope.scaling.factor")).hasValue(4.0);
            assertThat(metadata.integer("qwen3.rope.scaling.original_context_length", 1, 1 << 20))
                    .hasValue(512);
            assertThat(metadata.number("qwen3.rope.freq_base")).hasValue(1e6);
        }
    }

    /** TriLM's and BitCPM's kind: blocks of 256 weights whose scales differ. */
    @ParameterizedTest
    @CsvSource({"TQ1_0", "TQ2_0", "PQ2_0", "Q2_0", "PTQ1_0"})
    void carriesScalesOfBlocks(WeightType type) throws Exception {
        Path from = directory.resolve("source.gguf");
        try (InputStream in =
                new GZIPInputStream(getClass().getResourceAsStream("/bitnet/gguf/tq2_0-scales-differ.gguf.gz"))) {
            Files.copy(in, from);
        }
        Path target = directory.resolve("out.gguf");
        try (ModelFile file = Model.open(from)) {
            ConversionReport report = ModelConverter.convert(file, target, ConvertOptions.to(type));
            assertThat(report.architecture()).isEqualTo("llama");
            assertThat(Objects.requireNonNull(report.verification()).scaleError())
                    .isZero();
        }
        assertThat(fingerprint(target)).isEqualTo(fingerprint(from));
    }

    @ParameterizedTest
    @CsvSource({
        "I2_S, a scale for every 128 weights",
        "F16, a scale for every 128 weights",
        "TQ2_0, multiple of 256",
        "Q1_0, weights that q1_0 has no form for",
    })
    void refusesTypesWithoutAPlaceForTheModel(WeightType type, String message) throws Exception {
        refuses(source(G128 + "pq2_0.gguf"), ConvertOptions.to(type), message);
    }

    @Test
    void refusesWhatWouldLoseScalesOrWeights() throws Exception {
        refuses(source(G64 + "q2_0.gguf"), ConvertOptions.to(WeightType.PQ2_0), "multiple of 128");
        refuses(source(G64 + "q2_0.gguf"), ConvertOptions.to(WeightType.TQ1_0), "multiple of 256");
        refuses(source(ONE_BIT + "q1_0.gguf"), ConvertOptions.to(WeightType.TQ2_0), "scales that differ within 256");
        refuses(
                source(G128 + "pq2_0.gguf"),
                ConvertOptions.to(WeightType.PQ2_0).withEmbeddingType(ElementType.F16),
                "leave out the embedding type");
    }

    /** Such a file would be run with other activations than the model was trained with. */
    @ParameterizedTest
    @CsvSource({"Q2_0", "PQ2_0", "PTQ1_0", "Q1_0"})
    void refusesModelsOfOneScale(WeightType type) throws Exception {
        try (ModelFile file = Sources.open("tiny-bitnet-i2_s.gguf")) {
            assertThatThrownBy(
                            () -> ModelConverter.convert(file, directory.resolve("out.gguf"), ConvertOptions.to(type)))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("one scale");
        }
        assertThat(directory.resolve("out.gguf")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"tiny-qwen35/q2_0.gguf", "tiny-bonsai2-qwen35/pq2_0.gguf"})
    void refusesLayersThatItDoesNotWrite(String name) throws Exception {
        refuses(source(name), ConvertOptions.to(WeightType.PQ2_0), "are not converted");
    }

    /** One bit wrong in what was written is found. */
    @Test
    void verificationComparesScalesAndTables() throws Exception {
        Path first = convert(source(G128 + "pq2_0.gguf"), WeightType.PQ2_0);
        byte[] bytes = Files.readAllBytes(first);
        long at;
        try (GgufModel file = GgufModel.open(first)) {
            at = bytes.length
                    - 32
                    - file.file().tensor("output_norm.weight").orElseThrow().bytes();
        }
        bytes[(int) at - 34 * 3] ^= 1;
        Path damaged = Files.write(directory.resolve("damaged.gguf"), bytes);
        try (ModelFile file = Model.open(first)) {
            ConvertOptions options = ConvertOptions.to(WeightType.PQ2_0);
            assertThatThrownBy(() -> Verifier.verify(file, damaged, damaged, options))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("does not read back");
        }
    }

    private void refuses(Path from, ConvertOptions options, String message) throws Exception {
        Path target = directory.resolve("refused.gguf");
        try (ModelFile file = Model.open(from)) {
            assertThatThrownBy(() -> ModelConverter.convert(file, target, options))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining(message);
        }
        assertThat(target).doesNotExist();
    }

    private static String fingerprint(Path path) {
        try (ModelFile file = Model.open(path)) {
            return ModelFingerprint.of(file.transformer());
        }
    }
}
