package bitnet.scalar;

/** RMSNorm, then quantisation: what stands before every ternary product. */
public final class NormQuantize {
    private NormQuantize() {}

    /**
     * One row of {@code gain.length} elements to int8.
     *
     * @param normed room for the row between the two
     * @param lanes room for {@link Sum256#LANES} partial sums
     * @return the factor from values to codes
     */
    public static float row(
            float[] x, int xFrom, float[] gain, float epsilon, byte[] q, int qFrom, float[] normed, float[] lanes) {
        RmsNorm.row(x, xFrom, gain, epsilon, normed, 0, lanes);
        return Quantize.row(normed, 0, gain.length, q, qFrom);
    }

    /**
     * One row of {@code gain.length} elements to wide codes.
     *
     * @param normed room for the row between the two
     * @param lanes room for {@link Sum256#LANES} partial sums
     * @return the step between two codes
     */
    public static float row(
            float[] x, int xFrom, float[] gain, float epsilon, short[] q, int qFrom, float[] normed, float[] lanes) {
        RmsNorm.row(x, xFrom, gain, epsilon, normed, 0, lanes);
        return Quantize.row(normed, 0, gain.length, q, qFrom);
    }
}
