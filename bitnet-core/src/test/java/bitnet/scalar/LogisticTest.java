package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import org.junit.jupiter.api.Test;

class LogisticTest {
    /** As accurate relatively, however small it gets. */
    @Test
    void softplusIsAsAccurateAsAFloat() {
        double worst = 0;
        for (float x = -80; x < 80; x += 0.0137f) {
            double expected = x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
            worst = Math.max(worst, Math.abs(Logistic.softplus(x) - expected) / expected);
        }
        assertThat(worst).isLessThan(6e-7);
        assertThat(Logistic.softplus(-200f)).isZero();
        assertThat(Logistic.softplus(1e30f)).isEqualTo(1e30f);
    }

    @Test
    void sigmoidNeitherOverflowsNorCancels() {
        double worst = 0;
        for (float x = -80; x < 80; x += 0.0137f) {
            double expected = 1 / (1 + Math.exp(-(double) x));
            worst = Math.max(worst, Math.abs(Logistic.sigmoid(x) - expected) / expected);
        }
        assertThat(worst).isLessThan(6e-7);
        assertThat(Logistic.sigmoid(-1e30f)).isZero();
        assertThat(Logistic.sigmoid(1e30f)).isEqualTo(1f);
    }

    @Test
    void aRotationAndItsInverseGiveTheRowBack() {
        float[] signs = new float[64];
        float[] x = new float[64];
        for (int i = 0; i < 64; i++) {
            signs[i] = i % 3 == 0 ? -1 : 1;
            x[i] = i * i - 31 * i;
        }
        float[] y = new float[64];
        Walsh.rotate(x, 0, signs, 16, 0.25f, y, 0);
        assertThat(y).isNotEqualTo(x);
        Walsh.rotateBack(y, 0, signs, 16, 0.25f);
        assertThat(y).containsExactly(x, offset(1e-4f));
    }
}
