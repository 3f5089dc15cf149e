package bitnet.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.RopeFrequencies;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The base that a model was configured with comes back from its frequencies. */
class RopeBaseTest {
    @ParameterizedTest
    @CsvSource({
        "10000, 64, 1",
        "500000, 128, 1",
        "500000, 64, 1",
        "1000042, 256, 1",
        "1000000, 80, 1",
        "10000, 2, 1",
        "10000, 128, 4",
        "500000, 128, 8.5",
        "1234567, 96, 1"
    })
    void findsBaseAndFactor(float theta, int headDim, float factor) {
        float[] frequencies = RopeFrequencies.linear(theta, headDim, factor);
        RopeBase base = RopeBase.of(frequencies);
        assertThat(RopeFrequencies.linear(base.theta(), headDim, base.factor())).isEqualTo(frequencies);
        assertThat(base.divisors()).isNull();
        if (headDim > 2) {
            assertThat(base.theta()).isEqualTo(theta);
        }
        assertThat(base.factor()).isEqualTo(factor);
    }

    @Test
    void findsDivisorsWhereThereIsNoBase() {
        float[] factors = RopeFrequencies.llama3Factors(500000, 128, 8, 1, 4, 8192);
        float[] frequencies = RopeFrequencies.divided(500000, 128, factors);
        RopeBase base = RopeBase.of(frequencies);
        assertThat(base.theta()).isEqualTo(500000);
        assertThat(RopeFrequencies.divided(base.theta(), 128, base.divisors())).isEqualTo(frequencies);
        assertThat(base.divisors()[0]).isEqualTo(1);
        assertThat(base.divisors()[63]).isEqualTo(8);
    }

    /** Bases that single precision does not hold: a neighbour and divisors give the same angles. */
    @ParameterizedTest
    @ValueSource(doubles = {1e11, 123_456_789.1, 16_777_217, 1e10 + 3, 9_999_999_999.5, 0.1, 10000.0001})
    void basesBeyondSinglePrecisionAreGivenToTheBit(double theta) {
        for (int headDim : new int[] {32, 64, 80, 128, 256}) {
            float[] frequencies = RopeFrequencies.of(theta, headDim);
            RopeBase base = RopeBase.of(frequencies);
            assertThat(base).as("%s of %d", theta, headDim).isNotNull();
            assertThat(
                            base.divisors() == null
                                    ? RopeFrequencies.linear(base.theta(), headDim, base.factor())
                                    : RopeFrequencies.divided(base.theta(), headDim, base.divisors()))
                    .isEqualTo(frequencies);
        }
    }

    @Test
    void whatNoBaseGivesHasNone() {
        assertThat(RopeBase.of(new float[] {1, 0, 1e-3f, 1e-4f})).isNull();
    }

    /** Whatever the numbers, what comes back gives the same angles, or there is nothing. */
    @Test
    void neverGivesOthers() {
        var random = new SplittableRandom(11);
        int none = 0;
        for (int i = 0; i < 1000; i++) {
            int headDim = 2 * random.nextInt(1, 65);
            double theta = Math.exp(random.nextDouble(1, 30));
            double factor = random.nextBoolean() ? 1 : random.nextDouble(1, 40);
            float[] frequencies = random.nextBoolean()
                    ? RopeFrequencies.linear(theta, headDim, factor)
                    : RopeFrequencies.divided(
                            theta, headDim, RopeFrequencies.llama3Factors(theta, headDim, factor, 1, 4, 8192));
            RopeBase base = RopeBase.of(frequencies);
            if (base == null) {
                none++;
                continue;
            }
            assertThat(
                            base.divisors() == null
                                    ? RopeFrequencies.linear(base.theta(), headDim, base.factor())
                                    : RopeFrequencies.divided(base.theta(), headDim, base.divisors()))
                    .isEqualTo(frequencies);
        }
        assertThat(none).as("refused").isLessThan(300);
    }
}
