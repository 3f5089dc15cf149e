package bitnet.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.RopeFrequencies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
