package bitnet.scalar;

/** RMSNorm of each head of a row. */
public final class HeadNorm {
    private HeadNorm() {}

    /**
     * {@code heads} heads of {@code gain.length} elements each from {@code from} on, in place.
     *
     * @param lanes room for {@link Sum256#LANES} partial sums
     */
    public static void row(float[] x, int from, int heads, float[] gain, float epsilon, float[] lanes) {
        for (int head = 0; head < heads; head++) {
            int at = from + head * gain.length;
            RmsNorm.row(x, at, gain, epsilon, x, at, lanes);
        }
    }
}
