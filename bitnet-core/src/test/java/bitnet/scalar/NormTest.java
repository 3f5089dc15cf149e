package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link RmsNorm}, {@link NormQuantize} and {@link OutputNorm}. */
class NormTest {
    private static final float EPSILON = 1e-5f;
    private final SplittableRandom random = new SplittableRandom(3);
    private final float[] lanes = new float[Sum256.LANES];

    @ParameterizedTest
    @CsvSource({"1, 1", "40, 3", "256, 0.01", "257, 1e15", "1000, 1e-18", "2560, 1", "2560, 0", "6912, 30"})
    void normsAndQuantises(int n, double size) {
        float[] x = Oracle.normal(random, n, size);
        float[] gain = Oracle.normal(random, n, 1);
        float[] expected = Oracle.rmsNorm(x, gain, EPSILON);

        float[] y = new float[n];
        RmsNorm.row(x, 0, gain, EPSILON, y, 0, lanes);
        assertThat(Oracle.bits(y)).isEqualTo(Oracle.bits(expected));

        byte[] q = new byte[n];
        float factor = NormQuantize.row(x, 0, gain, EPSILON, q, 0, new float[n], lanes);
        assertThat(q).isEqualTo(Oracle.codes(expected));
        assertThat(factor).isEqualTo(Oracle.factor(expected));
    }

    @ParameterizedTest
    @CsvSource({"7, 300"})
    void outputsBecomeTheFirstRows(int rows, int n) {
        float[] x = Oracle.normal(random, rows * n, 1);
        float[] gain = Oracle.normal(random, n, 1);
        Step step = new Step(rows);
        for (int row = 0; row < rows; row++) {
            step.add(null, row, 0, row == 2 || row == 5 ? Logits.top(1) : null);
        }
        float[] y = new float[rows * n];
        Arrays.fill(y, 9);
        OutputNorm.rows(step, x, gain, EPSILON, y, lanes);
        assertThat(Oracle.bits(Arrays.copyOf(y, n)))
                .isEqualTo(Oracle.bits(Oracle.rmsNorm(Arrays.copyOfRange(x, 2 * n, 3 * n), gain, EPSILON)));
        assertThat(Oracle.bits(Arrays.copyOfRange(y, n, 2 * n)))
                .isEqualTo(Oracle.bits(Oracle.rmsNorm(Arrays.copyOfRange(x, 5 * n, 6 * n), gain, EPSILON)));
        assertThat(Arrays.copyOfRange(y, 2 * n, y.length)).containsOnly(9);
    }
}
