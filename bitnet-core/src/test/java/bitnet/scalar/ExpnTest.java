package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpnTest {
    private static final int FROM = Float.floatToRawIntBits(-0f);
    private static final int TO = Float.floatToRawIntBits(-87f);

    /** About four million floats, spread evenly over all that are between -87 and -0. */
    @Test
    void isCloseToTheExponential() {
        double worst = 0;
        for (int bits = FROM; bits < TO; bits += 281) {
            float x = Float.intBitsToFloat(bits);
            double exact = StrictMath.exp(x);
            worst = Math.max(worst, Math.abs(Expn.expn(x) - exact) / exact);
        }
        assertThat(worst).isBetween(1e-8, 3e-7);
    }

    @Test
    void isWhatTheContractWrites() {
        for (int bits = FROM; bits < TO; bits += 100_003) {
            float x = Float.intBitsToFloat(bits);
            assertThat(Float.floatToRawIntBits(Expn.expn(x))).isEqualTo(Float.floatToRawIntBits(Oracle.expn(x)));
        }
    }

    /** Around each point where n changes, and around the end. */
    @Test
    void isWhatTheContractWritesWhereTheExponentChanges() {
        for (int n = 0; n <= 125; n++) {
            int border = Float.floatToRawIntBits((float) (-(n + 0.5) * Math.log(2)));
            for (int bits = border - 50; bits <= border + 50; bits++) {
                float x = Float.intBitsToFloat(bits);
                assertThat(Float.floatToRawIntBits(Expn.expn(x))).isEqualTo(Float.floatToRawIntBits(Oracle.expn(x)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {-87f, -87.00001f, -1000f, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY, Float.NaN})
    void isZeroFarOut(float x) {
        assertThat(Float.floatToRawIntBits(Expn.expn(x))).isZero();
    }

    @Test
    void isOneAtZero() {
        assertThat(Expn.expn(0f)).isEqualTo(1f);
        assertThat(Expn.expn(-0f)).isEqualTo(1f);
        assertThat(Expn.expn(-Float.MIN_VALUE)).isEqualTo(1f);
        assertThat(Expn.expn(Math.nextUp(-87f))).isPositive();
    }
}
