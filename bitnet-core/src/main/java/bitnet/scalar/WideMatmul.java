package bitnet.scalar;

/** A ternary matrix with scales of groups times wide activations. */
public final class WideMatmul {
    private WideMatmul() {}

    /**
     * Row {@code r} of token {@code t}, at {@code y[t * yStride + yFrom + r]}: the product times {@code steps[t]}.
     *
     * @param w room for a row of the matrix
     * @param q codes of the tokens, {@code columns} each
     * @param steps of the tokens, as {@link Quantize} gave them
     * @param add to what is there, instead of replacing it
     */
    public static void multiply(
            GroupedRow w,
            int rows,
            int columns,
            short[] q,
            float[] steps,
            int tokens,
            float[] y,
            int yFrom,
            int yStride,
            boolean add) {
        for (int row = 0; row < rows; row++) {
            w.load(row);
            for (int token = 0; token < tokens; token++) {
                float product = w.product(q, token * columns) * steps[token];
                int at = token * yStride + yFrom + row;
                y[at] = add ? y[at] + product : product;
            }
        }
    }
}
