package bitnet.scalar;

import bitnet.model.Activation;

/** The gated activation of the feed-forward network. */
public final class Gate {
    private Gate() {}

    /** One row: the gate's {@code n} elements at {@code from} and the {@code n} of the up projection behind them. */
    public static void row(Activation activation, float[] gateUp, int from, int n, float[] h, int to) {
        switch (activation) {
            case SQUARED_RELU -> {
                for (int i = 0; i < n; i++) {
                    h[to + i] = squaredRelu(gateUp[from + i]) * gateUp[from + n + i];
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

    /** {@code g * sigmoid(g)}, through an exponential that cannot overflow. */
    private static float silu(float g) {
        float e = Expn.expn(-Math.abs(g));
        return g * ((g < 0f ? e : 1f) / (1f + e));
    }
}
