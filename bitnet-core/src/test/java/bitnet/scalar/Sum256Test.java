package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Sum256Test {
    private final SplittableRandom random = new SplittableRandom(1);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 127, 128, 255, 256, 257, 511, 512, 1023, 1024, 1025, 1300, 2048, 2560, 6912})
    void addsInTheContractsOrder(int n) {
        for (double size : new double[] {1, 1e15, 1e-18}) {
            float[] a = Oracle.normal(random, n, size);
            float[] b = Oracle.normal(random, n, size);
            float sum = Sum256.dot(shifted(a, 3), 3, shifted(b, 5), 5, n, new float[256]);
            assertThat(Float.floatToRawIntBits(sum)).isEqualTo(Float.floatToRawIntBits(Oracle.sum256(a, b)));
        }
    }

    /** The order is seen: these cancel in one order and not in another. */
    @ParameterizedTest
    @ValueSource(ints = {256, 1024, 2560})
    void keepsTheOrderWhereItMatters(int n) {
        float[] a = new float[n];
        float[] ones = new float[n];
        for (int i = 0; i < n; i++) {
            a[i] = (i % 2 == 0 ? 1 : -1) * (1e8f + 17 * i);
            ones[i] = 1 + (i % 3) / 8f;
        }
        float sum = Sum256.dot(a, 0, ones, 0, n, new float[256]);
        assertThat(Float.floatToRawIntBits(sum)).isEqualTo(Float.floatToRawIntBits(Oracle.sum256(a, ones)));
    }

    private static float[] shifted(float[] values, int by) {
        float[] shifted = new float[values.length + by + 9];
        Arrays.fill(shifted, Float.NaN);
        System.arraycopy(values, 0, shifted, by, values.length);
        return shifted;
    }
}
