package bitnet.model;

/**
 * How the queries of a layer meet its keys.
 *
 * @param rope how positions turn both
 * @param window how many positions a query sees, the last of which is its own: the keys {@code j} of a query {@code i} with {@code
 *     i - j < window}; {@link #ALL} for all positions up to its own
 * @param scale that scores are multiplied by
 */
public record AttentionScope(Rope rope, int window, float scale) {
    /** A window without an end. */
    public static final int ALL = Integer.MAX_VALUE;

    /** @throws IllegalArgumentException if the window is empty or the scale is not positive and finite */
    public AttentionScope {
        if (window < 1) {
            throw new IllegalArgumentException("window is " + window);
        }
        if (!(scale > 0 && scale <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("scale is " + scale);
        }
    }

    /** All positions, and the scale {@code 1 / sqrt(headDim)}. */
    public static AttentionScope all(Rope rope) {
        return new AttentionScope(rope, ALL, scale(2 * rope.inverseFrequencies().length));
    }

    /** {@code 1 / sqrt(n)}: the scale of heads of {@code n} dimensions. */
    public static float scale(double n) {
        return (float) (1 / Math.sqrt(n));
    }

    /** The first position that the query of a position sees. */
    public int first(int position) {
        return Math.max(0, position - window + 1);
    }
}
