package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.Transformer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceModelTest {
    @TempDir
    Path directory;

    static Path resource(String name) {
        try {
            return Path.of(Objects.requireNonNull(HuggingFaceModelTest.class.getResource("/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** {@code golden.csv} has what numpy reads from the same files. */
    @ParameterizedTest
    @ValueSource(strings = {"demo-model", "tiny-bitnet", "tiny-llama-ternary"})
    void everyTensorIsAsNumpyReadsIt(String name) throws IOException {
        try (HuggingFaceModel model = HuggingFaceModel.open(resource(name))) {
            Map<String, String> found = Fingerprints.of(model.transformer());
            Map<String, String> golden = new LinkedHashMap<>();
            for (String line : Files.readAllLines(resource(name + "/golden.csv"))) {
                golden.put(line.substring(0, line.indexOf(',')), line);
            }
            golden.remove("name");
            assertThat(found).isEqualTo(golden);
        }
    }

    @Test
    void theDemoModelSaysWhatItIs() {
        try (HuggingFaceModel model = HuggingFaceModel.open(resource("demo-model"))) {
            assertThat(model.name()).isEqualTo("demo-model");
            assertThat(model.storage()).isEqualTo("packed uint8, embedding BF16");
            assertThat(model.samplingDefaults().temperature()).isEqualTo(0.6f);
            assertThat(model.samplingDefaults().topK()).isNull();
            assertThat(model.samplingDefaults().topP()).isEqualTo(0.9f);
            assertThat(model.chatTemplate().orElseThrow()).startsWith("{% set loop_messages = messages %}");
            Transformer transformer = model.transformer();
            assertThat(transformer.isTied()).isTrue();
            assertThat(transformer.config().activation()).isEqualTo(Activation.SQUARED_RELU);
            assertThat(transformer.config().headDim()).isEqualTo(64);
            assertThat(transformer.config().contextLength()).isEqualTo(2048);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-bitnet", "tiny-bitnet/config.json", "tiny-bitnet/model.safetensors"})
    void theDirectoryOrAFileInItIsTheModel(String path) {
        try (HuggingFaceModel model = HuggingFaceModel.open(resource(path))) {
            assertThat(model.source()).isEqualTo(resource(path).toString());
            assertThat(model.name()).isEqualTo("tiny-bitnet");
            assertThat(model.transformer().layers()).hasSize(2);
        }
    }

    @Test
    void llamaHasNoSubNormsAndAHeadOfItsOwn() {
        try (HuggingFaceModel model = HuggingFaceModel.open(resource("tiny-llama-ternary"))) {
            Transformer transformer = model.transformer();
            assertThat(transformer.isTied()).isFalse();
            assertThat(transformer.config().activation()).isEqualTo(Activation.SILU);
            assertThat(transformer.layers()).allSatisfy(layer -> {
                assertThat(layer.attention().output().inputNorm()).isNull();
                assertThat(layer.gated().down().inputNorm()).isNull();
            });
        }
    }

    @Test
    void shardsAreTheSameModel() throws IOException {
        shard("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
        try (HuggingFaceModel whole = HuggingFaceModel.open(resource("tiny-bitnet"));
                HuggingFaceModel sharded = HuggingFaceModel.open(directory);
                HuggingFaceModel byShard =
                        HuggingFaceModel.open(directory.resolve("model-00002-of-00002.safetensors"))) {
            Map<String, String> expected = Fingerprints.of(whole.transformer());
            assertThat(Fingerprints.of(sharded.transformer())).isEqualTo(expected);
            assertThat(Fingerprints.of(byShard.transformer())).isEqualTo(expected);
        }
    }

    @Test
    void aShardThatIsMissingIsNamed() throws IOException {
        shard("a.safetensors", "b.safetensors");
        Files.delete(directory.resolve("b.safetensors"));
        assertThatThrownBy(() -> HuggingFaceModel.open(directory))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("b.safetensors: file: does not exist");
    }

    @Test
    void aTensorThatIsNotInItsShardIsNamed() throws IOException {
        shard("a.safetensors", "b.safetensors");
        Path index = directory.resolve("model.safetensors.index.json");
        Files.writeString(index, Files.readString(index).replace("\"model.norm.weight\"", "\"model.gone.weight\""));
        assertThatThrownBy(() -> HuggingFaceModel.open(directory))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageMatching(".*model.gone.weight: [ab].safetensors has no such tensor");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a.safetensors", "/a.safetensors", "x\\\\a.safetensors", "a.bin", "..", ""})
    void shardsStayInTheirDirectory(String shard) throws IOException {
        Files.copy(resource("tiny-bitnet/config.json"), directory.resolve("config.json"));
        Files.writeString(
                directory.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"x\":\"" + shard + "\"}}");
        assertThatThrownBy(() -> HuggingFaceModel.open(directory))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("is not the name of a .safetensors file beside the index");
    }

    @Test
    void whatIsNoModelIsRefused() throws IOException {
        assertThatThrownBy(() -> HuggingFaceModel.open(directory))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(directory.toString())
                .hasMessageContaining("has no config.json");
        assertThatThrownBy(() -> HuggingFaceModel.open(directory.resolve("nothing")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("does not exist");
        Path text = Files.writeString(directory.resolve("notes.txt"), "hello");
        assertThatThrownBy(() -> HuggingFaceModel.open(text)).isInstanceOf(ModelFormatException.class);
        assertThat(HuggingFaceModel.accepts(text)).isFalse();
        Files.createDirectory(directory.resolve("config.json"));
        assertThatThrownBy(() -> HuggingFaceModel.open(directory))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("is not a regular file");
    }

    @Test
    void aVocabularyAloneHasNoTransformer() throws IOException {
        Files.copy(resource("demo-model/tokenizer.json"), directory.resolve("tokenizer.json"));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory)) {
            assertThat(model.tokenizer().tokens()).hasSize(2048);
            assertThat(model.storage()).isEqualTo("no weights");
            assertThatThrownBy(model::transformer)
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("a vocabulary only");
        }
    }

    @Test
    void aTokenizerJsonIsAVocabularyAlone() {
        try (HuggingFaceModel model = HuggingFaceModel.open(resource("demo-model/tokenizer.json"))) {
            assertThat(model.tokenizer().endOfGeneration()).containsExactly(1811, 1812);
            assertThatThrownBy(model::transformer).isInstanceOf(ModelUnsupportedException.class);
        }
    }

    /** As with a float Llama's tokenizer.json for a ternary model without one. */
    @Test
    void aVocabularyMayBeThatOfAnotherModel() throws IOException {
        Path file = Files.copy(resource("demo-model/tokenizer.json"), directory.resolve("tokenizer.json"));
        Files.writeString(directory.resolve("config.json"), "{\"architectures\":[\"MambaForCausalLM\"]}");
        try (HuggingFaceModel model = HuggingFaceModel.open(file)) {
            assertThat(model.tokenizer().tokens()).hasSize(2048);
        }
        assertThatThrownBy(() -> HuggingFaceModel.open(directory)).isInstanceOf(ModelUnsupportedException.class);
    }

    @Test
    void weightsThatAreNotThereAreExplained() throws IOException {
        Files.copy(resource("demo-model/config.json"), directory.resolve("config.json"));
        Files.write(directory.resolve("pytorch_model.bin"), new byte[4]);
        try (HuggingFaceModel model = HuggingFaceModel.open(directory)) {
            assertThatThrownBy(model::transformer)
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("save it as safetensors");
        }
        Files.writeString(
                directory.resolve("model.safetensors"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:4221b252\nsize 1182788096\n");
        assertThatThrownBy(() -> HuggingFaceModel.open(directory))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("git lfs pull");
    }

    @Test
    void closingTwiceIsFineAndEndsTheViews() {
        HuggingFaceModel model = HuggingFaceModel.open(resource("tiny-bitnet"));
        Transformer transformer = model.transformer();
        model.close();
        model.close();
        assertThatThrownBy(
                        () -> FloatTable.require(transformer.embedding()).data().copy())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTemplateFileComesFirst() throws IOException {
        Files.copy(resource("demo-model/tokenizer.json"), directory.resolve("tokenizer.json"));
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"T\"},{\"name\":\"default\",\"template\":\"D\"}]}");
        try (HuggingFaceModel model = HuggingFaceModel.open(directory)) {
            assertThat(model.chatTemplate()).contains("D");
            Path file = Files.writeString(directory.resolve("chat_template.jinja"), "{{ bos_token }}\n");
            assertThat(model.chatTemplate()).contains("{{ bos_token }}\n");
            Files.write(file, new byte[] {'a', (byte) 0xC3});
            assertThatThrownBy(model::chatTemplate)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("UTF-8");
        }
    }

    private void shard(String first, String second) throws IOException {
        Files.copy(resource("tiny-bitnet/config.json"), directory.resolve("config.json"));
        SafetensorsBuilder[] shards = {new SafetensorsBuilder(), new SafetensorsBuilder()};
        StringBuilder map = new StringBuilder();
        try (SafetensorsFile whole = SafetensorsFile.open(resource("tiny-bitnet/model.safetensors"))) {
            int i = 0;
            for (StoredTensor tensor : whole.tensors().values()) {
                shards[i % 2].add(tensor);
                map.append(i == 0 ? "" : ",\n")
                        .append("\"%s\":\"%s\"".formatted(tensor.name(), i % 2 == 0 ? first : second));
                i++;
            }
        }
        shards[0].write(directory.resolve(first));
        shards[1].write(directory.resolve(second));
        Files.writeString(
                directory.resolve("model.safetensors.index.json"),
                "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + map + "}}");
    }
}
