package bitnet.scalar;

import bitnet.spi.Step;

/** RMSNorm of the rows that want logits, which become the first rows of the result. */
public final class OutputNorm {
    private OutputNorm() {}

    /**
     * All outputs of a step.
     *
     * @param x rows of {@code gain.length} elements
     * @param y takes one row for each output
     * @param lanes room for {@link Sum256#LANES} partial sums
     */
    public static void rows(Step step, float[] x, float[] gain, float epsilon, float[] y, float[] lanes) {
        int columns = gain.length;
        for (int i = 0; i < step.outputs(); i++) {
            RmsNorm.row(x, step.outputRow(i) * columns, gain, epsilon, y, i * columns, lanes);
        }
    }
}
