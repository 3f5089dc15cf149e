package bitnet.scalar;

/** Rounds a row to int8 with one scale, so that its largest magnitude becomes 127. */
public final class Quantize {
    private static final float SMALLEST = 1e-5f;
    /** Added and taken away it rounds a float below 2^22 to an integer, half to even; C2 vectorises that, not rint. */
    private static final float ROUND = 0x1.8p23f;

    private Quantize() {}

    /**
     * One row of {@code n} elements.
     *
     * @return the factor from values to codes; a product with the codes is divided by it
     */
    public static float row(float[] x, int xFrom, int n, byte[] q, int qFrom) {
        float max = SMALLEST;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, Math.abs(x[xFrom + i]));
        }
        float s = 127f / max;
        for (int i = 0; i < n; i++) {
            float rounded = (x[xFrom + i] * s + ROUND) - ROUND;
            q[qFrom + i] = (byte) Math.min(127, Math.max(-128, (int) rounded));
        }
        return s;
    }
}
