package bitnet.scalar;

import bitnet.model.Activation;

/** The gated activation of the feed-forward network. */
public final class Gate {
    /** {@code 2 sqrt(2 / pi)}. */
    private static final float GELU_LINEAR = 1.5957692f;
    /** {@code 0.044715 * 2 sqrt(2 / pi)}. */
    private static final float GELU_CUBIC = 0.07135482f;

    private Gate() {}

    /** One row: the gate's {@code n} elements at {@code from} and the {@code n} of the up projection behind them. */
    public static void row(Activation activation, float[] gateUp, int from, int n, float[] h, int to) {
        switch (activation) {
            case SQUARED_RELU -> {
                for (int i = 0; i < n; i++) {
                    h[to + i] = squaredRelu(gateUp[from + i]) * gateUp[from + n + i];
                }
            }
            case GELU_TANH -> {
                for (int i = 0; i < n; i++) {
                    h[to + i] = gelu(gateUp[from + i]) * gateUp[from + n + i];
                }
            }
            case SILU -> {
                for (int i = 0; i < n; i++) {
                    h[to + i] = silu(gateUp[from + i]) * gateUp[from + n + i];
                }
            }
        }
    }

    private static float squaredRelu(float g) {
        float positive = g > 0f ? g : 0f;
        return positive * positive;
    }

    private static float silu(float g) {
        return g * Logistic.sigmoid(g);
    }

    /** {@code g / 2 * (1 + tanh(sqrt(2 / pi) * (g + 0.044715 g^3)))}, where {@code (1 + tanh(z)) / 2 = sigmoid(2 z)}. */
    private static float gelu(float g) {
        return g * Logistic.sigmoid(g * Math.fma(GELU_CUBIC, g * g, GELU_LINEAR));
    }

    /** {@code out = out * sigmoid(gate)} of {@code n} elements. */
    public static void sigmoid(float[] gate, int from, int n, float[] out, int to) {
        for (int i = 0; i < n; i++) {
            out[to + i] *= Logistic.sigmoid(gate[from + i]);
        }
    }
}
