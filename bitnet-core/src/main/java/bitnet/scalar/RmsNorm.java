package bitnet.scalar;

/** Root mean square norm of a row: {@code y = (x / sqrt(mean(x^2) + epsilon)) * gain}. */
public final class RmsNorm {
    private RmsNorm() {}

    /**
     * One row of {@code gain.length} elements.
     *
     * @param lanes room for {@link Sum256#LANES} partial sums
     */
    public static void row(float[] x, int xFrom, float[] gain, float epsilon, float[] y, int yFrom, float[] lanes) {
        int n = gain.length;
        float mean = Sum256.dot(x, xFrom, x, xFrom, n, lanes) / n;
        float r = 1f / (float) Math.sqrt(mean + epsilon);
        for (int i = 0; i < n; i++) {
            y[yFrom + i] = (x[xFrom + i] * r) * gain[i];
        }
    }
}
