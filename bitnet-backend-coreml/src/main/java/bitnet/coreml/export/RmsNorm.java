package bitnet.coreml.export;

import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.Operations;
import bitnet.coreml.mil.Var;

/**
 * Root mean square norm of columns. The Neural Engine has a layer norm, which does not overflow F16 where the squares of {@code x} do; of
 * {@code x} and {@code -x} together the mean is zero, and the variance is the mean square of {@code x}.
 */
final class RmsNorm {
    /** The least that F16 holds. */
    private static final double LEAST = 0x1p-24;

    private RmsNorm() {}

    /**
     * Appends the norm.
     *
     * @param x {@code (1, width, 1, tokens)}
     * @param scale what {@code x} is multiplied by
     * @param gain {@code (1, width, 1, 1)}
     */
    static Var append(Operations operations, Var x, double scale, float epsilon, Literal.Stored gain) {
        int width = x.dimension(1);
        Var minus = operations.mul(x, operations.constant("minus_one", Literal.half(-1)));
        Var both = operations.concat(1, x, minus);
        Var normed = operations.layerNorm(both, 1, (float) Math.max(LEAST, epsilon * scale * scale));
        Var half = operations.slice(normed, new int[4], 1, width, 1, x.dimension(3));
        return operations.mul(half, operations.constant("gain", gain));
    }
}
