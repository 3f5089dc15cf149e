package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.Attention;
import bitnet.model.GatedDeltaNet;
import bitnet.model.Head;
import bitnet.model.Transformer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of architecture {@code qwen35}, plain and rotated, and what is wrong with some. */
class GgufHybridTest {
    private static final String PLAIN = "/families/tiny-qwen35/q2_0.gguf";
    private static final String ROTATED = "/families/tiny-bonsai2-qwen35/pq2_0.gguf";
    private static final String ROTATION = "prism.hadamard.";

    @Test
    void layersAreOfTwoKinds() {
        Transformer model = GgufEdit.of(PLAIN).open().transformer();
        assertThat(model.layers().stream().map(layer -> layer.mixer().getClass().getSimpleName()))
                .containsExactly("GatedDeltaNet", "GatedDeltaNet", "Attention");
        Attention attention = model.attentions().getFirst();
        assertThat(attention.gate().weight().rows()).isEqualTo(256);
        assertThat(model.config().attentionLayers()).isOne();
        assertThat(model.config().rope().inverseFrequencies()).hasSize(32);
        assertThat(model.config().rope().inverseFrequencies()[7]).isPositive();
        assertThat(model.config().rope().inverseFrequencies()[8]).isZero();
        assertThat(model.embeddingRotation()).isNull();
    }

    @Test
    void anArraySaysTheSameOfEachLayer() {
        GgufModel model =
                GgufEdit.of(PLAIN).drop("qwen35.full_attention_interval").open();
        assertThatThrownBy(model::transformer)
                .as("by default every fourth of three layers attends")
                .isInstanceOf(ModelUnsupportedException.class);
    }

    @Test
    void rotationsBelongToTensors() {
        Transformer model = GgufEdit.of(ROTATED).open().transformer();
        GatedDeltaNet net = (GatedDeltaNet) model.layers().getFirst().mixer();
        assertThat(net.grouped()).isTrue();
        assertThat(net.output().rotation().signs()).hasSize(768);
        assertThat(net.mix().rotation()).isSameAs(net.gate().rotation());
        assertThat(model.embeddingRotation().block()).isEqualTo(128);
    }

    /** A block that predicts tokens further on, as converters append it, and a part that sees. */
    @ParameterizedTest
    @CsvSource({"4, 1", "3, 0"})
    void partsWithoutInfluenceOnTheAnswerAreLeftOut(int blocks, int predicting) {
        GgufEdit edit = GgufEdit.of(PLAIN)
                .uint32("qwen35.block_count", blocks)
                .uint32("qwen35.nextn_predict_layers", predicting)
                .floats("blk.3.nextn.enorm.weight", 1, 2)
                .floats("blk.3.attn_norm.weight", 1, 2)
                .floats("v.patch_embd.bias", 1, 2);
        assertThat(edit.open().transformer().layers()).hasSize(3);
        assertThatThrownBy(edit.floats("blk.4.attn_norm.weight", 1, 2).open()::transformer)
                .as("a layer more is not left out")
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("blk.4.attn_norm.weight");
    }

    private record Fault(
            String file, String says, Class<? extends BitNetException> type, UnaryOperator<GgufEdit> change) {
        @Override
        public String toString() {
            return says;
        }
    }

    private static Fault plain(String says, UnaryOperator<GgufEdit> change) {
        return new Fault(PLAIN, says, ModelFormatException.class, change);
    }

    private static Fault malformed(String says, UnaryOperator<GgufEdit> change) {
        return new Fault(ROTATED, says, ModelFormatException.class, change);
    }

    private static Fault unknown(String says, UnaryOperator<GgufEdit> change) {
        return new Fault(ROTATED, says, ModelUnsupportedException.class, change);
    }

    private static GgufArray array(String key) {
        return (GgufArray) Resources.file(ROTATED).metadata().values().get(key);
    }

    static Stream<Fault> faults() {
        return Stream.of(
                plain("ssm.state_size", edit -> edit.drop("qwen35.ssm.state_size")),
                plain("ssm.inner_size", edit -> edit.uint32("qwen35.ssm.inner_size", 640)),
                plain("ssm.time_step_rank", edit -> edit.uint32("qwen35.ssm.time_step_rank", 5)),
                plain("ssm.group_count", edit -> edit.uint32("qwen35.ssm.group_count", 0)),
                plain("ssm.conv_kernel", edit -> edit.uint32("qwen35.ssm.conv_kernel", 70)),
                plain("blk.0.ssm_conv1d.weight", edit -> edit.uint32("qwen35.ssm.conv_kernel", 3)),
                plain("nextn_predict_layers", edit -> edit.uint32("qwen35.nextn_predict_layers", 3)),
                plain("blk.1.ssm_a", edit -> edit.floats("blk.1.ssm_a", -1, -2, 0.5f, -1, -1, -1)),
                plain("blk.1.ssm_a", edit -> edit.floats("blk.1.ssm_a", -1, -2, Float.NaN, -1, -1, -1)),
                plain("blk.1.ssm_dt.bias", edit -> edit.floats("blk.1.ssm_dt.bias", 1, 2, 3)),
                plain("blk.1.ssm_norm.weight", edit -> edit.dropTensor("blk.1.ssm_norm.weight")),
                plain("blk.2.attn_q.weight", edit -> edit.dropTensor("blk.2.attn_q.weight")),
                plain("blk.0.ssm_alpha.weight", edit -> edit.dropTensor("blk.0.ssm_alpha.weight")),
                unknown("version", edit -> edit.uint32(ROTATION + "version", 2)),
                malformed("version", edit -> edit.drop(ROTATION + "version")),
                unknown("transform", edit -> edit.text(ROTATION + "transform", "sylvester")),
                malformed("transform", edit -> edit.drop(ROTATION + "transform")),
                unknown("axis", edit -> edit.text(ROTATION + "axis", "output")),
                unknown("sign_mode", edit -> edit.text(ROTATION + "sign_mode", "random")),
                malformed("sign_mode", edit -> edit.drop(ROTATION + "sign_mode")),
                unknown("seed", edit -> edit.uint32(ROTATION + "seed", 1)),
                malformed("block_size", edit -> edit.uint32(ROTATION + "block_size", 96)),
                malformed("sign_widths", edit -> edit.uint32(ROTATION + "block_size", 512)),
                malformed("sign_values", edit -> edit.drop(ROTATION + "sign_values")),
                malformed("sign_values", edit -> edit.value(ROTATION + "sign_values", array(ROTATION + "sign_widths"))),
                malformed("sign_widths", edit -> edit.value(ROTATION + "sign_widths", array(ROTATION + "sign_values"))),
                malformed("weight_names", edit -> edit.drop(ROTATION + "weight_names")),
                unknown(
                        "blk.0.attn_qkv.weight",
                        edit -> edit.value(ROTATION + "inverse_weight_names", array(ROTATION + "weight_names"))),
                unknown("tied", edit -> edit.dropTensor("output.weight").drop(ROTATION + "inverse_weight_names")),
                unknown("gemma3", edit -> edit.architecture("gemma3")));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultsAreNamed(Fault fault) {
        GgufModel model = fault.change.apply(GgufEdit.of(fault.file)).open();
        assertThatThrownBy(model::transformer).isInstanceOf(fault.type).hasMessageContaining(fault.says);
    }

    @Test
    void aTiedHeadIsTheRotatedTable() {
        Transformer model =
                GgufEdit.of(ROTATED).dropTensor("output.weight").open().transformer();
        assertThat(model.isTied()).isTrue();
        assertThat(((Head) model.output()).rotation()).isNotNull();
        assertThat(model.embeddingRotation()).isNotNull();
    }
}
