package bitnet.scalar;

/** Rotations by the normalised Walsh-Hadamard transform of blocks of a row. */
public final class Walsh {
    private Walsh() {}

    /**
     * {@code y = H(s * x)} of one row of {@code signs.length} elements.
     *
     * @param block elements that one transform mixes, a power of two that divides the row
     * @param factor {@code 1 / sqrt(block)}
     * @param y may be {@code x}
     */
    public static void rotate(float[] x, int xFrom, float[] signs, int block, float factor, float[] y, int yFrom) {
        for (int i = 0; i < signs.length; i++) {
            y[yFrom + i] = x[xFrom + i] * signs[i];
        }
        transform(y, yFrom, signs.length, block, factor);
    }

    /** {@code x = s * H(x)} of one row. */
    public static void rotateBack(float[] x, int from, float[] signs, int block, float factor) {
        transform(x, from, signs.length, block, factor);
        for (int i = 0; i < signs.length; i++) {
            x[from + i] *= signs[i];
        }
    }

    /** Sums and differences of pairs 1, 2, 4 and so on apart, then the factor. */
    private static void transform(float[] x, int from, int n, int block, float factor) {
        for (int apart = 1; apart < block; apart *= 2) {
            for (int pairs = from; pairs < from + n; pairs += 2 * apart) {
                for (int i = pairs; i < pairs + apart; i++) {
                    float a = x[i];
                    float b = x[i + apart];
                    x[i] = a + b;
                    x[i + apart] = a - b;
                }
            }
        }
        for (int i = from; i < from + n; i++) {
            x[i] *= factor;
        }
    }
}
