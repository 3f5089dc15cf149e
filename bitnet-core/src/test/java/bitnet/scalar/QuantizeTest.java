package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizeTest {
    private final SplittableRandom random = new SplittableRandom(2);

    @ParameterizedTest
    @ValueSource(doubles = {1, 1e-3, 1e-5, 1e-6, 1e-30, 1e-44, 1e20, 1e37})
    void roundsAndScales(double size) {
        for (int n : new int[] {1, 2, 63, 200, 2560}) {
            float[] x = Oracle.normal(random, n, size);
            byte[] q = new byte[n];
            float factor = Quantize.row(x, 0, n, q, 0);
            assertThat(Float.floatToRawIntBits(factor)).isEqualTo(Float.floatToRawIntBits(Oracle.factor(x)));
            assertThat(q).isEqualTo(Oracle.codes(x));
        }
    }

    /** Half to even, in either direction; with 127 the factor is 1. */
    @Test
    void roundsTiesToEven() {
        float[] x = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f, -127, 125.5f, -0f, 0.49999997f};
        byte[] q = new byte[x.length];
        assertThat(Quantize.row(x, 0, x.length, q, 0)).isEqualTo(1f);
        assertThat(q).containsExactly(127, 0, 2, 2, 0, -2, -2, 126, -126, -127, 126, 0, 0);
    }

    @Test
    void zerosStayZero() {
        byte[] q = {1, 2, 3};
        assertThat(Quantize.row(new float[3], 0, 3, q, 0)).isEqualTo(127 / 1e-5f);
        assertThat(q).containsExactly(0, 0, 0);
    }

    @Test
    void leavesTheNeighboursAlone() {
        byte[] q = {9, 9, 9, 9, 9};
        Quantize.row(new float[] {1000, 4, -2, 1000}, 1, 2, q, 2);
        assertThat(q).containsExactly(9, 9, 127, -64, 9);
    }
}
