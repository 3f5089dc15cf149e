package bitnet.coreml.export;

/**
 * Of two rows of logits.
 *
 * @param cosine between them
 * @param delta the largest difference, in standard deviations of the expected row
 */
record Agreement(double cosine, double delta) {
    static Agreement of(float[] expected, float[] actual) {
        double product = 0;
        double squares = 0;
        double expectedSquares = 0;
        double delta = 0;
        for (int i = 0; i < expected.length; i++) {
            product += (double) expected[i] * actual[i];
            squares += (double) actual[i] * actual[i];
            expectedSquares += (double) expected[i] * expected[i];
            delta = Math.max(delta, Math.abs((double) expected[i] - actual[i]));
        }
        return new Agreement(product / Math.sqrt(squares * expectedSquares), delta / spread(expected));
    }

    /** The worse of both. */
    Agreement worse(Agreement other) {
        return new Agreement(Math.min(cosine, other.cosine), Math.max(delta, other.delta));
    }

    private static double spread(float[] values) {
        double mean = 0;
        for (float value : values) {
            mean += value / values.length;
        }
        double variance = 0;
        for (float value : values) {
            variance += (value - mean) * (value - mean) / values.length;
        }
        return Math.sqrt(variance);
    }

    static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
