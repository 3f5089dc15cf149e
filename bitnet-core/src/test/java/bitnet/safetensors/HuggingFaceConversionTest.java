package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelUnsupportedException;
import bitnet.convert.ConversionReport;
import bitnet.convert.ConvertOptions;
import bitnet.convert.ModelConverter;
import bitnet.convert.WeightType;
import bitnet.gguf.GgufModel;
import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.ModelFile;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.Dequantize;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.Vocabularies;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a directory's weights look like, the GGUF file that is made of them is the same model. */
class HuggingFaceConversionTest {
    private static final String[] SUB_NORMS = {"attn_sub_norm", "ffn_sub_norm"};
    private static final String[] NONE = {};

    @TempDir
    Path directory;

    /** As 1bitLLM publishes them: master weights in shards, names of its own, a SentencePiece vocabulary. */
    @Test
    void masterWeightsInShards() throws IOException {
        TokenizerSpec vocabulary = Vocabularies.sentencePiece();
        RandomCheckpoint.write(
                directory,
                "\"architectures\":[\"BitnetForCausalLM\"],\"hidden_act\":\"silu\",\"rope_theta\":10000.0,"
                        + "\"tie_word_embeddings\":true,\"bos_token_id\":1,\"eos_token_id\":2",
                vocabulary.tokens().size(),
                new String[] {"inner_attn_ln", "ffn_layernorm"},
                false,
                3,
                1);
        Files.writeString(directory.resolve("tokenizer.json"), HuggingFaceTokenizerTest.sentencePiece(vocabulary));
        same(WeightType.I2_S, "bitnet");
        try (GgufModel back = GgufModel.open(directory.resolve("out.gguf"))) {
            HuggingFaceTokenizerTest.compare(back.tokenizer(), "spm_shared.json", false);
        }
    }

    /** As Llama 3.1 fine-tuned by Hugging Face: no sub-norms, scales that divide, stretched RoPE. */
    @ParameterizedTest
    @EnumSource(
            value = WeightType.class,
            names = {"I2_S", "BF16"})
    void packedLlamaWithScalesThatDivide(WeightType type) throws IOException {
        RandomCheckpoint.write(
                directory,
                "\"architectures\":[\"LlamaForCausalLM\"],\"hidden_act\":\"silu\",\"rope_theta\":500000.0,"
                        + "\"quantization_config\":{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\"lm_head\"]},"
                        + "\"rope_scaling\":{\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,"
                        + "\"original_max_position_embeddings\":64,\"rope_type\":\"llama3\"}",
                2048,
                NONE,
                true,
                1,
                2);
        Files.copy(HuggingFaceModelTest.resource("demo-model/tokenizer.json"), directory.resolve("tokenizer.json"));
        same(type, "llama");
    }

    /** As BitNet b1.58 2B-4T before packing. */
    @Test
    void onlineQuantisation() throws IOException {
        RandomCheckpoint.write(
                directory,
                "\"architectures\":[\"BitNetForCausalLM\"],\"hidden_act\":\"relu2\",\"quantization_config\":"
                        + "{\"quant_method\":\"bitnet\",\"linear_class\":\"autobitlinear\",\"quantization_mode\":\"online\"},"
                        + "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0}",
                2048,
                SUB_NORMS,
                false,
                2,
                3);
        Files.copy(HuggingFaceModelTest.resource("demo-model/tokenizer.json"), directory.resolve("tokenizer.json"));
        same(WeightType.I2_S, "bitnet-b1.58");
    }

    /** A base that single precision does not hold, and a factor that it does not hold either. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"rope_theta\":100000000000.0",
                "\"rope_theta\":100000000000.0,\"rope_scaling\":{\"type\":\"linear\",\"factor\":3.3}",
                "\"rope_theta\":16777217"
            })
    void numbersBeyondSinglePrecision(String numbers) throws IOException {
        llama(numbers);
        same(WeightType.I2_S, "llama");
    }

    /** YaRN is found again from its angles, whatever its base, its factor and the context that it started from. */
    @ParameterizedTest
    @CsvSource({"10000.0,4.0,64", "1000000.0,4.0,16384", "5000000,2.5,40960", "500000.0,32,333", "1000042,1.0625,100"})
    void anglesOfYarn(String theta, String factor, int original) throws IOException {
        llama("\"rope_theta\":" + theta + ",\"rope_scaling\":{\"type\":\"yarn\",\"factor\":" + factor
                + ",\"original_max_position_embeddings\":" + original + "}");
        same(WeightType.I2_S, "llama");
    }

    /** Before anything is written, by the name of the key that cannot hold it. */
    @Test
    void anglesThatNoKeyGivesAreRefused() throws IOException {
        llama("\"rope_theta\":10000.0,\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4.0,"
                + "\"beta_fast\":7,\"original_max_position_embeddings\":64}");
        Path target = directory.resolve("out.gguf");
        try (HuggingFaceModel source = HuggingFaceModel.open(directory)) {
            assertThatThrownBy(() -> ModelConverter.convert(source, target, ConvertOptions.to(WeightType.I2_S)))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("llama.rope.freq_base")
                    .hasMessageContaining("1.1386")
                    .hasMessageNotContaining("[F@");
            assertThat(target).doesNotExist();
        }
    }

    private void llama(String more) throws IOException {
        RandomCheckpoint.write(
                directory,
                "\"architectures\":[\"LlamaForCausalLM\"],\"hidden_act\":\"silu\",\"quantization_config\":"
                        + "{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\"lm_head\"]}," + more,
                2048,
                NONE,
                true,
                1,
                2);
        Files.copy(HuggingFaceModelTest.resource("demo-model/tokenizer.json"), directory.resolve("tokenizer.json"));
    }

    private void same(WeightType type, String architecture) throws IOException {
        Path target = directory.resolve("out.gguf");
        try (HuggingFaceModel source = HuggingFaceModel.open(directory)) {
            ConversionReport report = ModelConverter.convert(source, target, ConvertOptions.to(type));
            assertThat(report.architecture()).isEqualTo(architecture);
            try (ModelFile back = GgufModel.open(target)) {
                same(source.transformer(), back.transformer(), type);
                assertThat(back.tokenizer().tokens())
                        .isEqualTo(source.tokenizer().tokens());
                assertThat(back.tokenizer().endOfGeneration())
                        .isEqualTo(source.tokenizer().endOfGeneration());
            }
        }
    }

    private static void same(Transformer a, Transformer b, WeightType type) {
        assertThat(b.config().rope().inverseFrequencies())
                .isEqualTo(a.config().rope().inverseFrequencies());
        assertThat(b.config().activation()).isEqualTo(a.config().activation());
        assertThat(b.isTied()).isEqualTo(a.isTied());
        assertThat(floats(FloatTable.require(b.embedding()))).isEqualTo(floats(FloatTable.require(a.embedding())));
        assertThat(floats(FloatTable.require(b.head()))).isEqualTo(floats(FloatTable.require(a.head())));
        assertThat(b.outputNorm()).isEqualTo(a.outputNorm());
        Layer x = a.layers().getFirst();
        Layer y = b.layers().getFirst();
        assertThat(y.mixerNorm()).isEqualTo(x.mixerNorm());
        assertThat(y.attention().output().inputNorm())
                .isEqualTo(x.attention().output().inputNorm());
        assertThat(y.feedForwardNorm()).isEqualTo(x.feedForwardNorm());
        assertThat(y.gated().down().inputNorm()).isEqualTo(x.gated().down().inputNorm());
        List<TernaryTensor> xs = x.matrices();
        List<TernaryTensor> ys = y.matrices();
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < xs.size(); i++) {
                TernaryTensor.Packed p = xs.get(i).pack(arena);
                TernaryTensor.Packed q = ys.get(i).pack(arena);
                assertThat(q.codes().toArray(ValueLayout.JAVA_BYTE))
                        .as(ys.get(i).name())
                        .isEqualTo(p.codes().toArray(ValueLayout.JAVA_BYTE));
                if (type == WeightType.I2_S) {
                    assertThat(q.scale()).isEqualTo(p.scale());
                } else {
                    assertThat(q.scale()).isCloseTo(p.scale(), Percentage.withPercentage(0.4));
                }
            }
        }
    }

    private static float[] floats(FloatTable table) {
        float[] all = new float[table.rows() * table.columns()];
        float[] row = new float[table.columns()];
        for (int r = 0; r < table.rows(); r++) {
            Dequantize.row(
                    table.type(),
                    table.data().load(Arena.ofAuto()),
                    r * table.type().rowBytes(row.length),
                    row.length,
                    row);
            System.arraycopy(row, 0, all, r * row.length, row.length);
        }
        return all;
    }
}
