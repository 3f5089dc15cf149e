package bitnet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The expected angles are Python's, by the formulas of transformers' modeling_rope_utils, in double where ours are in float. */
class RopeFrequenciesTest {
    @Test
    void theBasePowers() {
        float[] angles = RopeFrequencies.of(10000, 64);
        assertThat(angles).hasSize(32);
        assertThat(angles[0]).isEqualTo(1f);
        assertThat(angles[1]).isEqualTo((float) 0.7498942093324559);
        assertThat(angles[31]).isEqualTo((float) 0.0001333521432163324);
        assertThat(RopeFrequencies.of(500000, 128)[1]).isEqualTo((float) 0.8146172338565447);
    }

    @Test
    void linearScalingDividesAll() {
        assertThat(RopeFrequencies.linear(10000, 64, 4)[1]).isEqualTo((float) (0.7498942093324559 / 4));
    }

    /** Llama 3.1: factor 8, 8192 positions. Index 28 is a short wavelength, 29 to 35 between, 36 a long one. */
    @Test
    void llama3LeavesShortWavelengthsAndStretchesLongOnes() {
        float[] factors = RopeFrequencies.llama3Factors(500000, 128, 8, 1, 4, 8192);
        float[] angles = RopeFrequencies.divided(500000, 128, factors);
        assertThat(factors[28]).isEqualTo(1);
        assertThat(factors[36]).isEqualTo(8);
        double[][] expected = {
            {1, 0.8146172338565447},
            {28, 0.0032114459947525913},
            {29, 0.002166570763503359},
            {31, 0.0008567514129196321},
            {35, 9.556212353964683e-05},
            {36, 7.78465527393245e-05},
            {63, 3.068925988914511e-07}
        };
        for (double[] e : expected) {
            assertThat((double) angles[(int) e[0]]).isCloseTo(e[1], Percentage.withPercentage(3e-5));
        }
    }

    @Test
    void factorsFitTheHead() {
        assertThatThrownBy(() -> RopeFrequencies.divided(10000, 64, new float[31]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
