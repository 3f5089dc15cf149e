package bitnet.scalar;

import bitnet.model.ActivationPrecision;

/** Rounds a row to integers with one scale, so that its largest magnitude becomes 127 or 2047. */
public final class Quantize {
    private static final float SMALLEST = 1e-5f;
    private static final float SMALLEST_WIDE = 0x1p-64f;
    private static final int LARGEST_WIDE = ActivationPrecision.WIDE_PER_TOKEN.largest();
    /** Added and taken away it rounds a float below 2^22 to an integer, half to even; C2 vectorises that, not rint. */
    private static final float ROUND = 0x1.8p23f;

    private Quantize() {}

    /**
     * One row of {@code n} elements to int8.
     *
     * @return the factor from values to codes; a product with the codes is divided by it. NaN if an element is not finite:
     *     then every product is NaN, whatever the codes are
     */
    public static float row(float[] x, int xFrom, int n, byte[] q, int qFrom) {
        float s = 127f / largest(SMALLEST, x, xFrom, n);
        for (int i = 0; i < n; i++) {
            float rounded = (x[xFrom + i] * s + ROUND) - ROUND;
            q[qFrom + i] = (byte) Math.min(127, Math.max(-128, (int) rounded));
        }
        return s;
    }

    /**
     * One row of {@code n} elements to wide codes.
     *
     * @return the step between two codes; a product with the codes is multiplied by it. NaN if an element is not finite
     */
    public static float row(float[] x, int xFrom, int n, short[] q, int qFrom) {
        float s = LARGEST_WIDE / largest(SMALLEST_WIDE, x, xFrom, n);
        for (int i = 0; i < n; i++) {
            float rounded = (x[xFrom + i] * s + ROUND) - ROUND;
            q[qFrom + i] = (short) Math.min(LARGEST_WIDE, Math.max(-LARGEST_WIDE, (int) rounded));
        }
        return 1f / s;
    }

    /** NaN if an element is not finite: with a maximum of infinity some of the products would be infinite and not NaN. */
    private static float largest(float smallest, float[] x, int from, int n) {
        float max = smallest;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, Math.abs(x[from + i]));
        }
        return max < Float.POSITIVE_INFINITY ? max : Float.NaN;
    }
}
