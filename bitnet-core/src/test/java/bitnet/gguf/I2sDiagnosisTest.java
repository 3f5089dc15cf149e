package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.tensor.I2sLayout;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Trained weights tell in which layout they lie; random ones do not, and the verdict says so. */
class I2sDiagnosisTest {
    @ParameterizedTest
    @EnumSource
    void trainedWeightsTellTheirLayout(I2sLayout layout) {
        I2sDiagnosis diagnosis = I2sDiagnosis.of(rewritten(layout), 8).orElseThrow();
        assertThat(diagnosis.verdict()).as(diagnosis.toString()).isEqualTo(layout);
        assertThat(diagnosis.units()).isEqualTo(8 * 512);
        assertThat(diagnosis.correlations().get(layout)).isGreaterThan(0.8);
        assertThat(diagnosis.contradicts(layout)).isFalse();
        for (I2sLayout other : I2sLayout.values()) {
            if (other != layout) {
                assertThat(diagnosis.correlations().get(other)).isLessThan(0.3);
                assertThat(diagnosis.contradicts(other)).isTrue();
            }
        }
        assertThat(I2sDiagnosis.of(rewritten(layout), 1).orElseThrow().verdict())
                .isEqualTo(layout);
    }

    @ParameterizedTest
    @CsvSource({"tiny-bitnet-i2_s.gguf", "tiny-bitnet-i2_s-arm.gguf", "tiny-bitnet-i2_s-row4.gguf"})
    void randomWeightsDoNotTell(String name) {
        I2sDiagnosis diagnosis = I2sDiagnosis.of(Resources.file(name), 8).orElseThrow();
        assertThat(diagnosis.verdict()).as(diagnosis.toString()).isNull();
        assertThat(diagnosis.toString()).startsWith("the weights do not tell");
    }

    @Test
    void noiseNeverGetsAVerdict() {
        byte[] file = Resources.bytes("tiny-bitnet-i2_s.gguf");
        GgufFile header = Resources.file("tiny-bitnet-i2_s.gguf");
        Random random = new Random(3);
        for (int i = 0; i < 50; i++) {
            for (GgufTensor tensor : header.tensors()) {
                for (int at = 0; tensor.typeId() == 36 && at < tensor.bytes() - 32; at++) {
                    file[(int) tensor.offset() + at] = (byte) (random.nextInt() & 0xAA);
                }
            }
            GgufFile noise = GgufFile.of("noise", MemorySegment.ofArray(file));
            assertThat(I2sDiagnosis.of(noise, 2).orElseThrow().verdict()).isNull();
        }
    }

    @Test
    void otherTypesHaveNoLayoutToDiagnose() {
        assertThat(I2sDiagnosis.of(Resources.file("tiny-llama-ternary-tq2_0.gguf"), 2))
                .isEmpty();
        assertThat(I2sDiagnosis.of(Resources.file("spm-vocab.gguf"), 2)).isEmpty();
    }

    /** The trained demo model, its x86 layout rewritten weight by weight into another. */
    private static GgufFile rewritten(I2sLayout layout) {
        byte[] file = Resources.bytes("demo-i2_s-embed-q6_k.gguf");
        for (GgufTensor tensor : Resources.file("demo-i2_s-embed-q6_k.gguf").tensors()) {
            if (tensor.typeId() == GgufTensorType.I2_S.id()) {
                int columns = Math.toIntExact(tensor.dimensions().getFirst());
                rewrite(file, (int) tensor.offset(), (int) tensor.elements(), columns, layout);
            }
        }
        return GgufFile.of(layout.toString(), MemorySegment.ofArray(file));
    }

    private static void rewrite(byte[] file, int offset, int weights, int columns, I2sLayout layout) {
        byte[] written = new byte[weights / 4];
        for (int i = 0; i < weights; i++) {
            int code = file[offset + i / 128 * 32 + i % 32] >> 6 - i % 128 / 32 * 2 & 3;
            int row = i / columns;
            switch (layout) {
                case X86 -> written[i / 128 * 32 + i % 32] |= (byte) (code << 6 - i % 128 / 32 * 2);
                case ARM -> written[i / 64 * 16 + i % 16] |= (byte) (code << 6 - i % 64 / 16 * 2);
                case FOUR_ROWS -> written[row / 4 * columns + i % columns] |= (byte) (code << 6 - row % 4 * 2);
            }
        }
        System.arraycopy(written, 0, file, offset, written.length);
    }
}
