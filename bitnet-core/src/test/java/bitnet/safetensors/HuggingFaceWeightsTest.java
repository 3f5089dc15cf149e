package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.TernaryTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the weights of a checkpoint are: packed, ternary floats, or master weights. */
class HuggingFaceWeightsTest {
    @TempDir
    Path directory;

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
            TernaryTensor query =
                    model.transformer().layers().getFirst().attention().query().weight();
            assertThat(query.pack(arena).scale()).isEqualTo(expected);
            assertThat(Fingerprints.rows(query)).containsExactly("-0+-", "-0+0", "-0++", "-0+0");
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
                            .attention()
                            .query()
                            .weight()
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
            TernaryTensor query =
                    model.transformer().layers().getFirst().attention().query().weight();
            assertThatThrownBy(() -> query.pack(arena))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageEndingWith(
                            "model.layers.0.self_attn.q_proj.weight: row 1 has a weight that is not ternary");
        }
    }

    /** Nothing in config.json says so, and the weights tell. */
    @Test
    void llamaWithoutAWordAboutItMayBeTernary() throws IOException {
        layerWith(
                "\"hidden_act\":\"silu\"",
                weights -> weights.add(
                        "model.layers.0.self_attn.q_proj.weight",
                        "BF16",
                        "[4, 4]",
                        SafetensorsBuilder.bf16(0, 2, -2, 0, 2, 2, 0, 0, -2, 0, 0, 2, 0, -2, 2, 0)));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory);
                Arena arena = Arena.ofConfined()) {
            TernaryTensor query =
                    model.transformer().layers().getFirst().attention().query().weight();
            assertThat(query.pack(arena).scale()).isEqualTo(2);
        }
        layerWith(
                "\"hidden_act\":\"silu\"",
                weights -> weights.add(
                        "model.layers.0.self_attn.q_proj.weight",
                        "BF16",
                        "[4, 4]",
                        SafetensorsBuilder.bf16(0, 2, -2, 0, 2, 2, 0, 0, -2, 0, 0, 2, 0, -2, 1, 0)));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory);
                Arena arena = Arena.ofConfined()) {
            TernaryTensor query =
                    model.transformer().layers().getFirst().attention().query().weight();
            assertThatThrownBy(() -> query.pack(arena))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("row 3 has a weight that is not -s, 0 or s: a float model");
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
            TernaryTensor query =
                    model.transformer().layers().getFirst().attention().query().weight();
            assertThat(query.pack(arena).scale()).isEqualTo(1.5f);
            assertThat(Fingerprints.rows(query)).containsExactly("0+-0", "++00", "-00+", "0-+0");
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
            assertThat(Fingerprints.rows(w).get(3)).startsWith("+0-00+0-+0-0-+0-00+0-+0-");
            assertThat(Fingerprints.crc(w)).isEqualTo(crc);
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
                        .add("model.layers.0.self_attn.q_proj.bias", "F32", "[4]", SafetensorsBuilder.f32(0, 0, 0, 1)));
        refused(ModelUnsupportedException.class, "q_proj.bias: biases are not supported");
    }

    private static final String ONLINE =
            "\"quantization_config\":{\"quant_method\":\"bitnet\",\"quantization_mode\":\"online\"}";

    /** A tensor that the forward pass does not use, a layer too many, another head than the tied one, a name of nobody. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.layers.0.self_attn.q_norm.weight",
                "model.layers.1.input_layernorm.weight",
                "model.layers.0.self_attn.q_proj.weight_scale",
                "lm_head.weight",
                "something.else"
            })
    void tensorsThatNobodyUsesAreRefused(String name) throws IOException {
        layerWith(
                ONLINE,
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "F32", "[4, 4]", new byte[64])
                        .add(name, "F32", "[4]", SafetensorsBuilder.f32(1, 2, 3, 4)));
        refused(ModelUnsupportedException.class, name + " has no place in a model of this configuration");
    }

    @Test
    void tensorsThatChangeNothingAreTaken() throws IOException {
        layerWith(
                ONLINE,
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "F32", "[4, 4]", new byte[64])
                        .add("model.layers.0.self_attn.q_proj.bias", "F32", "[4]", new byte[16])
                        .add("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", "[1]", SafetensorsBuilder.f32(1))
                        .add("lm_head.weight", "F32", "[3, 4]", new byte[48]));
        try (HuggingFaceModel model = HuggingFaceModel.open(directory)) {
            assertThat(model.transformer().isTied()).isTrue();
        }
    }

    @Test
    void aNormOfZerosIsRefused() throws IOException {
        layerWith(
                ONLINE,
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "F32", "[4, 4]", new byte[64]));
        try (var file = java.nio.channels.FileChannel.open(
                directory.resolve("model.safetensors"), java.nio.file.StandardOpenOption.WRITE)) {
            StoredTensor norm;
            try (SafetensorsFile opened = SafetensorsFile.open(directory.resolve("model.safetensors"))) {
                norm = java.util.Objects.requireNonNull(opened.tensor("model.norm.weight"));
                assertThat(norm.data().byteSize()).isEqualTo(16);
            }
            byte[] whole = Files.readAllBytes(directory.resolve("model.safetensors"));
            byte[] ones = SafetensorsBuilder.f32(1, 1, 1, 1);
            for (int at = 0; at + 16 <= whole.length; at++) {
                if (java.util.Arrays.equals(whole, at, at + 16, ones, 0, 16)) {
                    file.write(java.nio.ByteBuffer.allocate(16), at);
                }
            }
        }
        refused(ModelFormatException.class, "model.norm.weight: all its 4 weights are zero");
    }

    @Test
    void aWrongShapeIsNamed() throws IOException {
        layerWith(
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"quantization_mode\":\"online\"}",
                weights -> weights.add("model.layers.0.self_attn.q_proj.weight", "F32", "[2, 8]", new byte[64]));
        refused(ModelFormatException.class, "q_proj.weight: F32 [2, 8], expected shape [4, 4]");
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
             "num_attention_heads":2,"vocab_size":3,"tie_word_embeddings":true,%s}\
            """.formatted(quantization));
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

    /** As a file has them that was made large before its download began. */
    @Test
    void pagesOfZerosAreNoticed() throws IOException {
        byte[] weights = new byte[5 * 4096];
        Arrays.fill(weights, 0, 4096, (byte) 5);
        Files.write(
                directory.resolve("model.safetensors"),
                new SafetensorsBuilder()
                        .add("full.weight", "U8", "[4096]", Arrays.copyOf(weights, 4096))
                        .add("hollow.weight", "U8", "[20480]", weights)
                        .build());
        try (Checkpoint checkpoint = Checkpoint.open(directory)) {
            checkpoint.tensors().forEach(tensor -> tensor.data().copy());
            assertThat(checkpoint.hollow()).containsExactly("hollow.weight (3)");
        }
    }
}
