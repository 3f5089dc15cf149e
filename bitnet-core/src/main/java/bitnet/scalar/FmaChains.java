package bitnet.scalar;

/** Independent fma chains side by side: the sums of attention. */
public final class FmaChains {
    private FmaChains() {}

    /**
     * For each {@code i < width}, continues the chain in {@code sums[sumsFrom + i]} by {@code factors[k] *
     * matrix[k * width + i]} for ascending {@code k < count}.
     */
    public static void add(
            float[] factors, int factorsFrom, int count, float[] matrix, int width, float[] sums, int sumsFrom) {
        int k = 0;
        for (; k + 4 <= count; k += 4) {
            addFour(factors, factorsFrom + k, matrix, k * width, width, sums, sumsFrom);
        }
        for (; k < count; k++) {
            float factor = factors[factorsFrom + k];
            for (int i = 0; i < width; i++) {
                sums[sumsFrom + i] = Math.fma(factor, matrix[k * width + i], sums[sumsFrom + i]);
            }
        }
    }

    /** Four links at once: a quarter of the loads and stores of sums. */
    private static void addFour(
            float[] factors, int factorsFrom, float[] matrix, int from, int width, float[] sums, int sumsFrom) {
        float a = factors[factorsFrom];
        float b = factors[factorsFrom + 1];
        float c = factors[factorsFrom + 2];
        float d = factors[factorsFrom + 3];
        for (int i = 0; i < width; i++) {
            int at = from + i;
            float sum = Math.fma(a, matrix[at], sums[sumsFrom + i]);
            sum = Math.fma(b, matrix[at + width], sum);
            sum = Math.fma(c, matrix[at + 2 * width], sum);
            sums[sumsFrom + i] = Math.fma(d, matrix[at + 3 * width], sum);
        }
    }
}
