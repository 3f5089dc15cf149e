package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaletteTest {
    /** For many values, the least possible error is 1.65 / size of the deviation (Panter and Dite): 0.0258 for 64, 0.0064 for 256. */
    @ParameterizedTest
    @CsvSource({"64, 0.0262", "256, 0.0067"})
    void normalWeightsLoseLittle(int size, double error) {
        Random random = new Random(11);
        long[] counts = new long[1 << 16];
        for (int i = 0; i < 1_000_000; i++) {
            counts[Float.floatToFloat16(0.02f * (float) random.nextGaussian()) & 0xffff]++;
        }
        Palette palette = new Palette(counts, size);
        assertThat(Math.sqrt(palette.squaredError() / palette.squares())).isLessThan(error);
        assertThat(palette.values()).hasSize(size).isSorted();
    }

    @Test
    void everyNumberGetsTheNearestValue() {
        Random random = new Random(12);
        long[] counts = new long[1 << 16];
        for (int i = 0; i < 5000; i++) {
            counts[Float.floatToFloat16((float) random.nextGaussian()) & 0xffff]++;
        }
        Palette palette = new Palette(counts, 64);
        for (int bits = 0; bits < counts.length; bits++) {
            if (counts[bits] > 0) {
                float number = Float.float16ToFloat((short) bits);
                float chosen = palette.values()[palette.code((short) bits) & 63];
                for (float other : palette.values()) {
                    assertThat(Math.abs(number - chosen)).isLessThanOrEqualTo(Math.abs(number - other));
                }
            }
        }
    }

    @Test
    void fewNumbersAreKeptAsTheyAre() {
        long[] counts = new long[1 << 16];
        for (float number : new float[] {-3, 0, 0.5f, 65504}) {
            counts[Float.floatToFloat16(number) & 0xffff] = 7;
        }
        Palette palette = new Palette(counts, 64);
        for (float number : new float[] {-3, 0, 0.5f, 65504}) {
            assertThat(palette.values()[palette.code(Float.floatToFloat16(number)) & 63])
                    .isEqualTo(number);
        }
        assertThat(palette.squaredError()).isZero();
    }

    @Test
    void nothingAtAllIsNoError() {
        Palette palette = new Palette(new long[1 << 16], 256);
        assertThat(palette.values()).hasSize(256);
        assertThat(palette.squaredError()).isZero();
    }
}
