package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.Dequantize;
import bitnet.tensor.TernaryLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
            Map<String, String> found = fingerprints(model.transformer());
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
                assertThat(layer.attentionSubNorm()).isNull();
                assertThat(layer.feedForwardSubNorm()).isNull();
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
            Map<String, String> expected = fingerprints(whole.transformer());
            assertThat(fingerprints(sharded.transformer())).isEqualTo(expected);
            assertThat(fingerprints(byShard.transformer())).isEqualTo(expected);
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

    /** AutoBitLinear multiplies by weight_scale, BitLinear divides by it. */
    @ParameterizedTest
    @CsvSource({"autobitlinear, 0.4", "bitlinear, 2.5"})
    void theScaleMeansWhatTheLinearClassMakesOfIt(String linearClass, float expected) throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"linear_class\":\"" + linearClass + "\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "U8", "[1, 4]", new byte[] {
                            0, 0x55, (byte) 0xAA, 0x64
                        })
                        .add(
                                "model.layers.0.self_attn.q_proj.weight_scale",
                                "F32",
                                "[1]",
                                SafetensorsBuilder.f32(0.4f)));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory);
                Arena arena = Arena.ofConfined()) {
            TernaryTensor query = model.transformer().layers().getFirst().query();
            assertThat(query.pack(arena).scale()).isEqualTo(expected);
            assertThat(rows(query)).containsExactly("-0+-", "-0+0", "-0++", "-0+0");
        }
    }

    @Test
    void withoutAClassTheScaleDivides() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "U8", "[1, 4]", new byte[4])
                        .add("model.layers.0.self_attn.q_proj.weight_scale", "BF16", "[]", SafetensorsBuilder.bf16(8)));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory);
                Arena arena = Arena.ofConfined()) {
            assertThat(model.transformer()
                            .layers()
                            .getFirst()
                            .query()
                            .pack(arena)
                            .scale())
                    .isEqualTo(0.125f);
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "NaN", "Infinity"})
    void aScaleThatIsNoNumberIsRefused(float scale) throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "U8", "[1, 4]", new byte[4])
                        .add(
                                "model.layers.0.self_attn.q_proj.weight_scale",
                                "F32",
                                "[1]",
                                SafetensorsBuilder.f32(scale)));
        refused(ModelFormatException.class, "q_proj.weight_scale");
    }

    @Test
    void aPackedMatrixNeedsItsScale() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "U8", "[1, 4]", new byte[4]));
        refused(ModelFormatException.class, "q_proj.weight_scale: missing");
    }

    @Test
    void code3IsRefused() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\"}",
                weights -> weights.add(
                                "model.layers.0.self_attn.q_proj.weight", "U8", "[1, 4]", new byte[] {0, 0, 0x0C, 0})
                        .add("model.layers.0.self_attn.q_proj.weight_scale", "F32", "[1]", SafetensorsBuilder.f32(1)));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory);
                Arena arena = Arena.ofConfined()) {
            TernaryTensor query = model.transformer().layers().getFirst().query();
            assertThatThrownBy(() -> query.pack(arena))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageEndingWith(
                            "model.layers.0.self_attn.q_proj.weight: row 1 has a weight that is not ternary");
        }
    }

    /** Offline checkpoints in float have weights that are ternary already; a scale of theirs still applies. */
    @Test
    void floatsMayBeTernaryAlready() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"linear_class\":\"autobitlinear\"}",
                weights -> weights.add(
                                "model.layers.0.self_attn.q_proj.weight",
                                "BF16",
                                "[4, 4]",
                                SafetensorsBuilder.bf16(0, 2, -2, 0, 2, 2, 0, 0, -2, 0, 0, 2, 0, -2, 2, 0))
                        .add(
                                "model.layers.0.self_attn.q_proj.weight_scale",
                                "F32",
                                "[1]",
                                SafetensorsBuilder.f32(0.75f)));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory);
                Arena arena = Arena.ofConfined()) {
            TernaryTensor query = model.transformer().layers().getFirst().query();
            assertThat(query.pack(arena).scale()).isEqualTo(1.5f);
            assertThat(rows(query)).containsExactly("0+-0", "++00", "-00+", "0-+0");
        }
    }

    /** The expected values are numpy's: s = 1 / mean|w| and clip(rint(w * s)) in float32, scale 1 / s. */
    @ParameterizedTest
    @CsvSource({"F32, fcde4d5b, 3d0015e0", "F16, 97be20a3, 3d0015ca", "BF16, 97be20a3, 3cff7c2e"})
    void masterWeightsAreQuantisedAsInTraining(String dtype, String crc, String scaleBits) throws IOException {
        float[] weights = new float[12 * 200];
        for (int i = 0; i < weights.length; i++) {
            double u = (i * 2654435761L & 0xFFFFFFFFL) / 0x1p32 - 0.5;
            weights[i] = (float) (u * u * u);
        }
        byte[] bytes = switch (dtype) {
            case "F32" -> SafetensorsBuilder.f32(weights);
            case "F16" -> SafetensorsBuilder.f16(weights);
            default -> SafetensorsBuilder.bf16(weights);
        };
        Path file =
                new SafetensorsBuilder().add("w", dtype, "[12, 200]", bytes).write(directory.resolve("w.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.openWith(file);
                Arena arena = Arena.ofConfined()) {
            TernaryTensor w = StoredTernary.of(checkpoint, "w", Quantization.MASTER_WEIGHTS, 12, 200);
            assertThat(Integer.toHexString(Float.floatToRawIntBits(w.pack(arena).scale())))
                    .isEqualTo(scaleBits);
            assertThat(rows(w).get(3)).startsWith("+0-00+0-+0-0-+0-00+0-+0-");
            assertThat(crc(w)).isEqualTo(crc);
        }
    }

    @Test
    void aNormWithNaNIsRefused() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"quantization_mode\":\"online\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "F32", "[4, 4]", new byte[64]),
                Float.NaN);
        refused(ModelFormatException.class, "element 1 is NaN");
    }

    @Test
    void biasesAreRefused() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"quantization_mode\":\"online\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "F32", "[4, 4]", new byte[64])
                        .add("model.layers.0.self_attn.q_proj.bias", "F32", "[4]", new byte[16]));
        refused(ModelUnsupportedException.class, "q_proj.bias: biases are not supported");
    }

    @Test
    void aWrongShapeIsNamed() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"quantization_mode\":\"online\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "F32", "[2, 8]", new byte[64]));
        refused(ModelFormatException.class, "q_proj.weight: F32 [2, 8], expected shape [4, 4]");
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
                    .hasMessageContaining("a vocabulary alone");
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
        refused(ModelUnsupportedException.class, "save it as safetensors");
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
        assertThatThrownBy(() -> transformer.embedding().data().get(ValueLayout.JAVA_BYTE, 0))
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

    private interface Weights {
        SafetensorsBuilder addTo(SafetensorsBuilder builder);
    }

    private void layerWith(String quantization, Weights query) throws IOException {
        layerWith(quantization, query, 1);
    }

    /** A Llama of one block with 4 dimensions, whose query weights are the given ones. */
    private void layerWith(String quantization, Weights query, float norm) throws IOException {
        Files.writeString(directory.resolve("config.json"), """
                {"architectures":["LlamaForCausalLM"],"hidden_size":4,"intermediate_size":4,"num_hidden_layers":1,
                 "num_attention_heads":2,"vocab_size":3,"tie_word_embeddings":true,%s}""".formatted(quantization));
        SafetensorsBuilder builder = new SafetensorsBuilder();
        builder.add("model.embed_tokens.weight", "F32", "[3, 4]", new byte[48]);
        builder.add("model.norm.weight", "F32", "[4]", SafetensorsBuilder.f32(1, norm, 1, 1));
        String block = "model.layers.0.";
        for (String name : List.of("input_layernorm", "post_attention_layernorm")) {
            builder.add(block + name + ".weight", "F16", "[4]", SafetensorsBuilder.f16(1, 1, 1, 1));
        }
        String modules = "self_attn.k_proj self_attn.v_proj self_attn.o_proj mlp.gate_proj mlp.up_proj mlp.down_proj";
        for (String name : modules.split(" ")) {
            builder.add(block + name + ".weight", "F32", "[4, 4]", new byte[64]);
        }
        query.addTo(builder).write(directory.resolve("model.safetensors"));
    }

    private void refused(Class<?> type, String problem) {
        try (HuggingFaceModel model = HuggingFaceModel.open(directory)) {
            assertThatThrownBy(model::transformer).isInstanceOf(type).hasMessageContaining(problem);
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

    private static Map<String, String> fingerprints(Transformer transformer) {
        Map<String, String> found = new LinkedHashMap<>();
        add(found, transformer.embedding());
        if (!transformer.isTied()) {
            add(found, transformer.head());
        }
        for (int i = 0; i < transformer.layers().size(); i++) {
            Layer layer = transformer.layers().get(i);
            String block = "model.layers." + i + ".";
            add(found, block + "input_layernorm", layer.attentionNorm());
            add(found, block + "post_attention_layernorm", layer.feedForwardNorm());
            add(found, block + "self_attn.attn_sub_norm", layer.attentionSubNorm());
            add(found, block + "mlp.ffn_sub_norm", layer.feedForwardSubNorm());
            layer.matrices().forEach(tensor -> add(found, tensor));
        }
        add(found, "model.norm", transformer.outputNorm());
        return found;
    }

    private static void add(Map<String, String> found, FloatTable table) {
        CRC32 crc = new CRC32();
        float[] row = new float[table.columns()];
        for (int r = 0; r < table.rows(); r++) {
            Dequantize.row(table.type(), table.data(), r * table.type().rowBytes(row.length), row.length, row);
            crc.update(bytes(row));
        }
        found.put(
                table.name(), "%s,%d,%d,%08x,".formatted(table.name(), table.rows(), table.columns(), crc.getValue()));
    }

    private static void add(Map<String, String> found, String module, float[] vector) {
        if (vector != null) {
            CRC32 crc = new CRC32();
            crc.update(bytes(vector));
            found.put(module + ".weight", "%s.weight,1,%d,%08x,".formatted(module, vector.length, crc.getValue()));
        }
    }

    private static void add(Map<String, String> found, TernaryTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            int scale = Float.floatToRawIntBits(tensor.pack(arena).scale());
            found.put(
                    tensor.name(),
                    "%s,%d,%d,%s,%08x".formatted(tensor.name(), tensor.rows(), tensor.columns(), crc(tensor), scale));
        }
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer out = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        out.asFloatBuffer().put(values);
        return out.array();
    }

    private static String crc(TernaryTensor tensor) {
        CRC32 crc = new CRC32();
        for (String row : rows(tensor)) {
            row.chars().forEach(c -> crc.update("-0+".indexOf(c) - 1));
        }
        return "%08x".formatted(crc.getValue());
    }

    /** The weights, as characters. */
    private static List<String> rows(TernaryTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] codes = tensor.pack(arena).codes().toArray(ValueLayout.JAVA_BYTE);
            int rowBytes = (int) TernaryLayout.rowBytes(tensor.columns());
            return java.util.stream.IntStream.range(0, tensor.rows())
                    .mapToObj(row -> {
                        StringBuilder text = new StringBuilder();
                        for (int c = 0; c < tensor.columns(); c++) {
                            int four = codes[row * rowBytes + TernaryLayout.byteOf(c)];
                            text.append("-0+?".charAt(four >> TernaryLayout.shiftOf(c) & 3));
                        }
                        return text.toString();
                    })
                    .toList();
        }
    }
}
