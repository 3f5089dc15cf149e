package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.SamplingDefaults;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import bitnet.tensor.I2sLayout;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The weights that come out of GGUF files of other people's making are those of the checkpoints that went in. */
class GgufModelTest {
    @ParameterizedTest
    @CsvSource({
        "tiny-bitnet-i2_s.gguf, X86, tiny-bitnet.golden, true",
        "tiny-bitnet-i2_s-arm.gguf, ARM, tiny-bitnet.golden, true",
        "tiny-bitnet-i2_s-row4.gguf, FOUR_ROWS, tiny-bitnet.golden, true",
        "tiny-bitnet-f16.gguf, X86, tiny-bitnet.golden, false",
        "tiny-llama-ternary-tq2_0.gguf, X86, tiny-llama-ternary.golden, false",
        "demo-i2_s-embed-q6_k.gguf, X86, demo.golden, true",
    })
    void hasTheWeightsOfTheCheckpoint(String name, I2sLayout layout, String golden, boolean exactScales) {
        Transformer model =
                Resources.model(name, GgufOptions.DEFAULT.withI2sLayout(layout)).transformer();
        Map<String, String> expected = GoldenWeights.read(golden);
        GoldenWeights.assertTernaryEqual(model, expected, exactScales);
        assertThat(GoldenWeights.digest(model.outputNorm())).isEqualTo(expected.get("output_norm.weight"));
        for (int i = 0; i < model.layers().size(); i++) {
            Layer layer = model.layers().get(i);
            String prefix = "blk." + i + ".";
            assertThat(GoldenWeights.digest(layer.mixerNorm())).isEqualTo(expected.get(prefix + "attn_norm.weight"));
            assertThat(GoldenWeights.digest(layer.feedForwardNorm()))
                    .isEqualTo(expected.get(prefix + "ffn_norm.weight"));
            assertSubNorm(layer.attention().output().inputNorm(), expected.get(prefix + "attn_sub_norm.weight"));
            assertSubNorm(layer.gated().down().inputNorm(), expected.get(prefix + "ffn_sub_norm.weight"));
        }
    }

    private static void assertSubNorm(float[] norm, String expected) {
        assertThat(norm == null ? null : GoldenWeights.digest(norm)).isEqualTo(expected);
    }

    @Test
    void anotherLayoutGivesOtherWeights() {
        Transformer model = Resources.model("tiny-bitnet-i2_s-arm.gguf", GgufOptions.DEFAULT)
                .transformer();
        assertThatThrownBy(
                        () -> GoldenWeights.assertTernaryEqual(model, GoldenWeights.read("tiny-bitnet.golden"), true))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void readsTheShapeOfABitNetModel() {
        Transformer model =
                Resources.model("tiny-bitnet-i2_s.gguf", GgufOptions.DEFAULT).transformer();
        ModelConfig config = model.config();
        assertThat(config.architecture()).isEqualTo("bitnet-b1.58");
        assertThat(config.name()).isEqualTo("tiny-bitnet");
        assertThat(new int[] {config.layers(), config.hidden(), config.feedForward(), config.heads(), config.kvHeads()})
                .containsExactly(2, 256, 512, 4, 2);
        assertThat(new int[] {config.headDim(), config.vocabulary(), config.contextLength()})
                .containsExactly(64, 512, 2048);
        assertThat(config.normEpsilon()).isEqualTo(1e-5f);
        assertThat(config.activation()).isEqualTo(Activation.SQUARED_RELU);
        assertThat(config.rope().inverseFrequencies()).hasSize(32).startsWith(1f);
        assertThat(config.rope().inverseFrequencies()[31]).isEqualTo((float) Math.pow(500000, -62 / 64.0));
        assertThat(model.isTied()).isTrue();
        assertThat(FloatTable.require(model.embedding()).type()).isEqualTo(ElementType.F16);
    }

    @Test
    void readsTheShapeOfATernaryLlama() {
        Transformer model = Resources.model("tiny-llama-ternary-tq2_0.gguf", GgufOptions.DEFAULT)
                .transformer();
        assertThat(model.config().activation()).isEqualTo(Activation.SILU);
        assertThat(model.layers().getFirst().attention().output().inputNorm()).isNull();
        assertThat(model.isTied()).isFalse();
        assertThat(model.head().name()).isEqualTo("output.weight");
    }

    @Test
    void storageNamesWeightsEmbeddingAndHead() {
        assertThat(Resources.model("demo-i2_s-embed-q6_k.gguf", GgufOptions.DEFAULT)
                        .storage())
                .isEqualTo("I2_S, embedding Q6_K");
        assertThat(Resources.model("tiny-llama-ternary-tq2_0.gguf", GgufOptions.DEFAULT)
                        .storage())
                .isEqualTo("TQ2_0, embedding F16, head F16");
        assertThat(Resources.model("spm-vocab.gguf", GgufOptions.DEFAULT).storage())
                .isEqualTo("no tensors");
    }

    @Test
    void readsAByteLevelVocabulary() {
        GgufModel model = Resources.model("demo-i2_s-embed-q6_k.gguf", GgufOptions.DEFAULT);
        TokenizerSpec spec = model.tokenizer();
        assertThat(spec.kind()).isEqualTo(TokenizerSpec.Kind.BYTE_LEVEL_BPE);
        assertThat(spec.tokens()).hasSize(2048).startsWith("!", "\"").contains("Ġthe");
        assertThat(spec.merges()).hasSize(1554).startsWith("Ġ a", "Ġ t", "h e");
        assertThat(spec.types().get(1812)).isEqualTo(TokenType.CONTROL);
        assertThat(spec.preTokenizer()).isEqualTo(PreTokenizer.LLAMA3);
        assertThat(spec.ignoreMerges()).isTrue();
        assertThat(spec.bos()).isEqualTo(1810);
        assertThat(spec.eos()).isEqualTo(1812);
        assertThat(spec.addBos()).isTrue();
        assertThat(spec.endOfGeneration()).contains(1812, 1811);
        assertThat(model.chatTemplate()).get().asString().startsWith("{% set loop_messages");
        assertThat(model.samplingDefaults()).isEqualTo(SamplingDefaults.NONE);
        assertThat(model.name()).isEqualTo("demo-model");
    }

    @Test
    void readsASentencePieceVocabularyWithoutAModel() {
        GgufModel model = Resources.model("spm-vocab.gguf", GgufOptions.DEFAULT);
        TokenizerSpec spec = model.tokenizer();
        assertThat(spec.kind()).isEqualTo(TokenizerSpec.Kind.SENTENCEPIECE);
        assertThat(spec.tokens()).hasSize(1200);
        assertThat(spec.types()).startsWith(TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, TokenType.BYTE);
        assertThat(spec.scores()).hasSize(1200).endsWith(-940f);
        assertThat(spec.merges()).isEmpty();
        assertThat(spec.preTokenizer()).isNull();
        assertThat(spec.endOfGeneration()).containsExactly(2);
        assertThat(spec.addSpacePrefix()).isTrue();
        assertThatThrownBy(model::transformer)
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("vocabulary without tensors");
    }

    @Test
    void aMissingFileIsAFormatException(@org.junit.jupiter.api.io.TempDir java.nio.file.Path dir) {
        assertThatThrownBy(() -> GgufModel.open(dir.resolve("none.gguf")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> GgufModel.open(dir))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("directory");
    }
}
