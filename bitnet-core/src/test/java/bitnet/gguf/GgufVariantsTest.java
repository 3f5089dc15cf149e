package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.Activation;
import bitnet.model.RopeFrequencies;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What files may leave out, say differently or get wrong, each as one change of a good file. */
class GgufVariantsTest {
    private static final String BITNET = "tiny-bitnet-i2_s.gguf";
    private static final String LLAMA = "tiny-llama-ternary-tq2_0.gguf";
    private static final String UP = "blk.1.ffn_up.weight";

    private static GgufEdit bitnet() {
        return GgufEdit.of(BITNET);
    }

    @ParameterizedTest
    @CsvSource({
        "bitnet-b1.58, gpt2, '', SQUARED_RELU",
        "bitnet-25, gpt2, '', SQUARED_RELU",
        "bitnet, gpt2, '', SQUARED_RELU",
        "bitnet, llama, '', SILU",
        "bitnet, none, '', SQUARED_RELU",
        "bitnet, gpt2, silu, SILU",
        "bitnet, llama, relu2, SQUARED_RELU",
        "bitnet-b1.58, gpt2, silu, SILU",
    })
    void takesTheActivationFromTheFile(String architecture, String tokenizer, String named, Activation expected) {
        GgufEdit file = bitnet().architecture(architecture).text("tokenizer.ggml.model", tokenizer);
        if (!named.isEmpty()) {
            file.text(architecture + ".hidden_activation", named);
        }
        assertThat(file.open().transformer().config().activation()).isEqualTo(expected);
    }

    @Test
    void anOptionOverrulesTheActivation() {
        GgufOptions options = GgufOptions.DEFAULT.withActivation(Activation.SILU);
        assertThat(bitnet().open(options).transformer().config().activation()).isEqualTo(Activation.SILU);
        assertUnsupported(bitnet().text("bitnet-b1.58.hidden_activation", "gelu"), "gelu");
    }

    @Test
    void multipliesScaleTensorsIn() {
        GgufModel plain = bitnet().open();
        GgufModel scaled = bitnet().floats("blk.1.ffn_up.scale", 0.25f).open();
        float before = scale(plain.transformer().layers().get(1).gated().up().weight());
        assertThat(scale(scaled.transformer().layers().get(1).gated().up().weight()))
                .isEqualTo(before * 0.25f);
        assertThat(scale(scaled.transformer().layers().get(0).gated().up().weight()))
                .isEqualTo(
                        scale(plain.transformer().layers().get(0).gated().up().weight()));
        assertFormat(bitnet().floats("blk.1.ffn_up.scale", 1, 2), "blk.1.ffn_up.scale", "not one number");
        assertFormat(bitnet().floats("blk.1.ffn_up.scale", Float.NaN), UP, "its scale is NaN");
    }

    private static float scale(TernaryTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            return tensor.pack(arena).scale();
        }
    }

    @Test
    void readsRopeScaling() {
        float[] plain = RopeFrequencies.of(10000, 128);
        assertThat(rope(GgufEdit.of(LLAMA))).isEqualTo(plain);
        assertThat(rope(GgufEdit.of(LLAMA)
                        .text("llama.rope.scaling.type", "linear")
                        .float32("llama.rope.scaling.factor", 4)))
                .isEqualTo(RopeFrequencies.linear(10000, 128, 4));
        float[] factors = RopeFrequencies.llama3Factors(10000, 128, 8, 1, 4, 8192);
        assertThat(factors[0]).isNotEqualTo(factors[63]);
        float[] scaled = RopeFrequencies.divided(10000, 128, factors);
        assertThat(rope(GgufEdit.of(LLAMA).floats("rope_freqs.weight", factors)))
                .isEqualTo(scaled);
        assertThat(rope(GgufEdit.of(LLAMA)
                        .text("llama.rope.scaling.type", "llama3")
                        .float32("llama.rope.scaling.factor", 8)
                        .uint32("llama.rope.scaling.original_context_length", 8192)))
                .isEqualTo(scaled);
        assertUnsupported(GgufEdit.of(LLAMA).text("llama.rope.scaling.type", "longrope"), "longrope");
        assertFormat(GgufEdit.of(LLAMA).floats("rope_freqs.weight", 1, 1), "rope_freqs.weight", "2 values");
        assertFormat(
                GgufEdit.of(LLAMA).floats("rope_freqs.weight", new float[64]), "rope_freqs.weight", "not positive");
    }

    private static float[] rope(GgufEdit file) {
        return file.open().transformer().config().rope().inverseFrequencies();
    }

    @ParameterizedTest
    @CsvSource({"38, TL1", "24, I8", "12, Q4_K", "8, Q8_0"})
    void refusesOtherTernaryTypesByName(int id, String name) {
        GgufTensorType type = GgufTensorType.of(id).orElseThrow();
        GgufEdit file = bitnet().tensor(UP, type, List.of(256L, 512L), new byte[(int) type.bytes(256 * 512)]);
        assertUnsupported(file, UP + " is of " + name);
    }

    @ParameterizedTest
    @CsvSource({"39, TL2", "134, IQ1_BN", "135, IQ2_BN", "335, IQ2_BN_R4", "77, type 77"})
    void refusesTypesOfUnknownSize(int id, String name) {
        byte[] file = Resources.bytes(BITNET);
        byte[] key = "blk.0.ffn_gate.weight".getBytes();
        int at = indexOf(file, key) + key.length + 4 + 16;
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(at, id);
        GgufModel model = GgufModel.of(
                GgufFile.of("edited.gguf", java.lang.foreign.MemorySegment.ofArray(file)), GgufOptions.DEFAULT);
        assertThatThrownBy(model::transformer)
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("blk.0.ffn_gate.weight is of " + name);
    }

    private static int indexOf(byte[] text, byte[] part) {
        for (int i = 0; i < text.length; i++) {
            if (Arrays.equals(text, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token_embd.weight",
                "output_norm.weight",
                "blk.0.attn_q.weight",
                "blk.1.ffn_down.weight",
                "blk.1.attn_sub_norm.weight",
                "blk.0.ffn_norm.weight"
            })
    void namesAMissingTensor(String name) {
        assertFormat(bitnet().dropTensor(name), name, "missing");
    }

    @Test
    void namesAMisshapenTensor() {
        byte[] data = new byte[256 * 256 / 4 + 32];
        assertFormat(
                bitnet().tensor(UP, GgufTensorType.I2_S, List.of(256L, 256L), data), UP, "is 256 x 256, not 256 x 512");
        assertFormat(bitnet().floats("output_norm.weight", new float[255]), "output_norm.weight", "is 255, not 256");
    }

    @Test
    void refusesTensorsThatItWouldHaveToIgnore() {
        float[] bias = new float[256];
        bias[255] = 1e-3f;
        assertUnsupported(bitnet().floats("blk.0.attn_q.bias", bias), "blk.0.attn_q.bias");
        assertUnsupported(bitnet().floats("blk.9.attn_norm.weight", bias), "blk.9.attn_norm.weight");
        // A llama with sub-norms, or a BitNet model called llama.
        assertThatThrownBy(() -> bitnet().architecture("llama").open().transformer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("sub_norm");
    }

    @Test
    void takesTensorsThatChangeNothing() {
        var model = bitnet().floats("blk.0.attn_q.bias", new float[256])
                .floats("blk.0.attn_rot_embd", new float[32])
                .open()
                .transformer();
        assertThat(model.layers()).isNotEmpty();
    }

    @Test
    void refusesKeysThatChangeTheComputation() {
        String[][] keys = {
            {"attention.sliding_window", "512"},
            {"attention.scale", "2"},
            {"final_logit_softcapping", "30"},
            {"expert_count", "8"},
            {"embedding_scale", "12"},
            {"rope.something_new", "7"},
        };
        for (String[] key : keys) {
            String name = "bitnet-b1.58." + key[0];
            assertUnsupported(bitnet().uint32(name, Integer.parseInt(key[1])), name + " is " + key[1]);
        }
        String causal = "bitnet-b1.58.attention.causal";
        assertUnsupported(bitnet().value(causal, new GgufValue.Bool(false)), causal + " is false");
    }

    @Test
    void takesKeysThatChangeNothing() {
        var model = bitnet().uint32("bitnet-b1.58.expert_count", 0)
                .uint32("bitnet-b1.58.logit_scale", 1)
                .value("bitnet-b1.58.attention.causal", new GgufValue.Bool(true))
                .text("bitnet-b1.58.note", "nothing to compute")
                .text("anything.else", "nor this")
                .open()
                .transformer();
        assertThat(model.layers()).isNotEmpty();
    }

    @Test
    void refusesAnglesThatNoModelHas() {
        float[] divisors = new float[32];
        java.util.Arrays.fill(divisors, 1);
        divisors[3] = 1e-40f;
        assertFormat(bitnet().floats("rope_freqs.weight", divisors), "rope.freq_base", "pair 3");
        divisors[3] = Float.NaN;
        assertFormat(bitnet().floats("rope_freqs.weight", divisors), "rope_freqs.weight", "element 3 is NaN");
        assertFormat(
                bitnet().float32("bitnet-b1.58.rope.scaling.factor", 1e-30f), "bitnet-b1.58.rope.freq_base", "pair 0");
        divisors[3] = 1;
        assertUnsupported(
                bitnet().floats("rope_freqs.weight", divisors).text("bitnet-b1.58.rope.scaling.type", "yarn"),
                "yarn together with the tensor rope_freqs.weight");
    }

    @Test
    void refusesANormOfZeros() {
        assertFormat(
                bitnet().floats("blk.1.ffn_norm.weight", new float[256]),
                "blk.1.ffn_norm.weight",
                "all its 256 weights are zero");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void refusesNumbersThatAreNotFinite(float value) {
        float[] norm = new float[256];
        norm[77] = value;
        assertFormat(bitnet().floats("blk.1.ffn_norm.weight", norm), "blk.1.ffn_norm.weight", "element 77 is");
        GgufModel model = bitnet().data(
                        UP,
                        data -> ByteBuffer.wrap(data)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putFloat(256 * 512 / 4, value))
                .open();
        assertThatThrownBy(() ->
                        scale(model.transformer().layers().get(1).gated().up().weight()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(UP)
                .hasMessageContaining("its scale is");
    }

    @Test
    void refusesCode3() {
        GgufModel model = bitnet().data(UP, data -> data[64 * 300 + 5] |= 0x0C).open();
        assertThatThrownBy(() ->
                        scale(model.transformer().layers().get(1).gated().up().weight()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(UP)
                .hasMessageContaining("row 300 has a code 3");
    }

    @Test
    void blocksThatDisagreeMakeGroupsOfAllMatrices() {
        GgufModel model =
                GgufEdit.of(LLAMA).data(UP, data -> data[66 * 20 + 65] ^= 0x04).open();
        Transformer transformer = model.transformer();
        assertThat(transformer.layers().stream().flatMap(layer -> layer.matrices().stream()))
                .allMatch(matrix -> matrix.granularity() == ScaleGranularity.GROUP_128);
        try (Arena arena = Arena.ofConfined()) {
            TernaryTensor up = transformer.layers().get(1).gated().up().weight();
            MemorySegment scales = up.pack(arena).groupScales();
            short usual = scales.getAtIndex(ValueLayout.JAVA_SHORT, 39);
            assertThat(scales.getAtIndex(ValueLayout.JAVA_SHORT, 40)).isEqualTo((short) (usual ^ 0x0400));
            assertThat(scales.getAtIndex(ValueLayout.JAVA_SHORT, 41)).isEqualTo((short) (usual ^ 0x0400));
            assertThat(scales.getAtIndex(ValueLayout.JAVA_SHORT, 42)).isEqualTo(usual);
        }
    }

    @Test
    void rotatedWeightsAreRefused() {
        GgufModel model = GgufEdit.of(LLAMA)
                .text("prism.hadamard.transform", "normalized")
                .open();
        assertThatThrownBy(model::transformer)
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("prism.hadamard")
                .hasMessageContaining("llama");
    }

    @ParameterizedTest
    @CsvSource({
        "embedding_length, 128",
        "embedding_length, 0",
        "embedding_length, 4000000000",
        "block_count, 3",
        "block_count, 0",
        "block_count, 4294967295",
        "attention.head_count, 3",
        "attention.head_count, 65536",
        "attention.head_count_kv, 3",
        "attention.head_count_kv, 8",
        "feed_forward_length, 511",
        "rope.dimension_count, 32",
        "attention.key_length, 65536",
        "context_length, 0",
    })
    void refusesNumbersThatCannotBe(String key, long value) {
        assertRefused(bitnet().uint32("bitnet-b1.58." + key, value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedding_length", "block_count", "context_length", "attention.layer_norm_rms_epsilon"})
    void namesAMissingKey(String key) {
        assertFormat(bitnet().drop("bitnet-b1.58." + key), "bitnet-b1.58." + key, "missing");
    }

    @Test
    void refusesOtherArchitectures() {
        assertUnsupported(bitnet().architecture("qwen2"), "qwen2");
        assertFormat(bitnet().drop("general.architecture"), "general.architecture", "missing");
    }

    @Test
    void refusesAVocabularyLargerThanTheEmbedding() {
        byte[] small = new byte[256 * 511 * 2];
        assertFormat(
                bitnet().tensor("token_embd.weight", GgufTensorType.F16, List.of(256L, 511L), small),
                "token_embd.weight",
                "511 rows for a vocabulary of 512");
    }

    @ParameterizedTest
    @CsvSource({
        "llama-bpe, LLAMA3",
        "llama3, LLAMA3",
        "llama-v3, LLAMA3",
        "falcon3, LLAMA3",
        "falcon_e, LLAMA3",
        "falcon-h1, LLAMA3",
        "lfm2, LLAMA3",
        "pixtral, LLAMA3",
        "qwen2, QWEN2",
        "qwen35, QWEN35",
        "default, LLAMA3",
        "gpt-2, GPT2"
    })
    void mapsPreTokenizers(String name, PreTokenizer expected) {
        assertThat(bitnet().text("tokenizer.ggml.pre", name).open().tokenizer().preTokenizer())
                .isEqualTo(expected);
    }

    @Test
    void falconEIsCutAsLlama3() {
        GgufEdit falcon = GgufEdit.of("demo-i2_s-embed-q6_k.gguf").text("tokenizer.ggml.pre", "falcon_e");
        TokenizerSpec spec = falcon.drop("tokenizer.ggml.add_bos_token").open().tokenizer();
        assertThat(spec.ignoreMerges()).isTrue();
        assertThat(spec.addBos()).isTrue();
    }

    @Test
    void aMissingPreTokenizerIsLlama3sWhereThatIsCertain() {
        assertThat(bitnet().drop("tokenizer.ggml.pre").open().tokenizer().preTokenizer())
                .isEqualTo(PreTokenizer.LLAMA3);
        GgufEdit llama = GgufEdit.of(LLAMA).drop("tokenizer.ggml.pre");
        assertThatThrownBy(() -> llama.open().tokenizer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("tokenizer.ggml.pre");
        assertThatThrownBy(() -> bitnet().text("tokenizer.ggml.pre", "deepseek-llm")
                        .open()
                        .tokenizer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("deepseek-llm, a way to cut text that is unknown here; known are llama-bpe");
        assertThatThrownBy(() ->
                        bitnet().text("tokenizer.ggml.model", "bert").open().tokenizer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("bert");
    }

    @Test
    void refusesVocabulariesThatContradictThemselves() {
        GgufArray types = (GgufArray) Resources.file(BITNET).metadata().values().get("tokenizer.ggml.token_type");
        assertTokenizer(
                GgufEdit.of("spm-vocab.gguf").value("tokenizer.ggml.token_type", types), "512 elements for 1200");
        assertTokenizer(GgufEdit.of("spm-vocab.gguf").drop("tokenizer.ggml.scores"), "tokenizer.ggml.scores: missing");
        assertTokenizer(bitnet().drop("tokenizer.ggml.merges"), "tokenizer.ggml.merges: missing");
        assertTokenizer(bitnet().drop("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens: missing");
        assertTokenizer(bitnet().uint32("tokenizer.ggml.bos_token_id", 512), "512 is not between 0 and 511");
        assertTokenizer(bitnet().text("tokenizer.ggml.tokens", "abc"), "not an array");
    }

    @Test
    void minusOneMeansNoToken() {
        TokenizerSpec spec = bitnet().uint32("tokenizer.ggml.bos_token_id", 0xFFFFFFFFL)
                .drop("tokenizer.ggml.eos_token_id")
                .open()
                .tokenizer();
        assertThat(spec.bos()).isEqualTo(-1);
        assertThat(spec.eos()).isEqualTo(-1);
        assertThat(spec.addBos()).isFalse();
        assertThat(spec.endOfGeneration()).isEmpty();
    }

    @Test
    void endsAreDeclaredOrKnownByName() {
        TokenizerSpec spec = GgufEdit.of("demo-i2_s-embed-q6_k.gguf")
                .uint32("tokenizer.ggml.eot_token_id", 5)
                .uint32("tokenizer.ggml.eom_token_id", 6)
                .drop("tokenizer.ggml.eos_token_id")
                .open()
                .tokenizer();
        assertThat(spec.endOfGeneration()).contains(5, 6, 1811, 1812);
    }

    @Test
    void readsRecommendedSampling() {
        var defaults = bitnet().float32("general.sampling.temp", 0.6f)
                .uint32("general.sampling.top_k", 40)
                .float32("general.sampling.top_p", 0.9f)
                .open()
                .samplingDefaults();
        assertThat(defaults.temperature()).isEqualTo(0.6f);
        assertThat(defaults.topK()).isEqualTo(40);
        assertThat(defaults.topP()).isEqualTo(0.9f);
    }

    private static void assertTokenizer(GgufEdit file, String problem) {
        assertThatThrownBy(() -> file.open().tokenizer())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(problem);
    }

    private static void assertRefused(GgufEdit file) {
        assertThatThrownBy(() -> file.open().transformer()).isInstanceOf(BitNetException.class);
    }

    private static void assertUnsupported(GgufEdit file, String problem) {
        assertThatThrownBy(() -> file.open().transformer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageStartingWith("edited.gguf: ")
                .hasMessageContaining(problem);
    }

    private static void assertFormat(GgufEdit file, String where, String problem) {
        assertThatThrownBy(() -> {
                    var model = file.open().transformer();
                    GoldenWeights.ternary(model).forEach(GgufVariantsTest::scale);
                })
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("edited.gguf: ")
                .hasMessageContaining(where)
                .hasMessageContaining(problem);
    }
}
