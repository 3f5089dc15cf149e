package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.Activation;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GateTest {
    private static final float[] SPECIAL = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        1e-30f,
        -1e-30f,
        1f,
        -1f,
        86.9f,
        -86.9f,
        87f,
        -87f,
        88f,
        -88f,
        1e10f,
        -1e10f
    };

    @ParameterizedTest
    @EnumSource
    void multipliesTheActivatedGate(Activation activation) {
        int n = 1001;
        SplittableRandom random = new SplittableRandom(5);
        float[] gateUp = Oracle.normal(random, 7 + 2 * n, 10);
        System.arraycopy(SPECIAL, 0, gateUp, 7, SPECIAL.length);
        gateUp[7 + n] = -1f;
        float[] h = new float[n + 2];
        Gate.row(activation, gateUp, 7, n, h, 2);
        float[] expected = new float[n + 2];
        for (int i = 0; i < n; i++) {
            float up = gateUp[7 + n + i];
            float activated = activate(activation, gateUp[7 + i]);
            expected[2 + i] = activated * up;
        }
        assertThat(Oracle.bits(h)).isEqualTo(Oracle.bits(expected));
    }

    private static float activate(Activation activation, float g) {
        if (activation == Activation.SQUARED_RELU) {
            float positive = g <= 0 ? 0f : g;
            return positive * positive;
        }
        float x = g;
        if (activation == Activation.GELU_TANH) {
            float slope = Math.fma(0.07135482f, g * g, 1.5957692f);
            x = g * slope;
        }
        float e = Oracle.expn(-Math.abs(x));
        float sigmoid = (x < 0 ? e : 1) / (1 + e);
        return g * sigmoid;
    }

    @ParameterizedTest
    @EnumSource
    void isCloseToTheTextbook(Activation activation) {
        for (float g = -30; g < 30; g += 0.37f) {
            float[] h = new float[1];
            Gate.row(activation, new float[] {g, 2}, 0, 1, h, 0);
            double textbook = 2 * textbook(activation, g);
            // An exponent of 80 that is rounded to a float makes a difference of 80 half units in the result.
            double relative = activation == Activation.GELU_TANH ? 1e-5 : 1e-6;
            assertThat((double) h[0]).isCloseTo(textbook, Offset.offset(Math.abs(textbook) * relative + 1e-12));
        }
    }

    private static double textbook(Activation activation, double g) {
        return switch (activation) {
            case SQUARED_RELU -> Math.pow(Math.max(g, 0), 2);
            case SILU -> g / (1 + Math.exp(-g));
            case GELU_TANH -> {
                double z = Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g);
                yield g / (1 + Math.exp(-2 * z)); // (1 + tanh(z)) / 2, without its cancellation
            }
        };
    }
}
