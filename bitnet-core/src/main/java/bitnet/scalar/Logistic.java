package bitnet.scalar;

/** Functions that are made of {@link Expn}: they cannot overflow, and nothing in them cancels. */
public final class Logistic {
    private Logistic() {}

    /** {@code 1 / (1 + e^-x)}. */
    public static float sigmoid(float x) {
        float e = Expn.expn(-Math.abs(x));
        return (x < 0f ? e : 1f) / (1f + e);
    }

    /**
     * {@code ln(1 + e^x) = max(x, 0) + ln(1 + e)} with {@code e = e^-|x|}, and {@code ln(1 + e) = 2 artanh(t)} with {@code t = e / (2 +
     * e)}, of whose series eight terms are more than a float holds, since {@code t} is at most 1/3.
     */
    public static float softplus(float x) {
        float e = Expn.expn(-Math.abs(x));
        float t = e / (2f + e);
        float square = t * t;
        float p = 1f / 15;
        p = Math.fma(p, square, 1f / 13);
        p = Math.fma(p, square, 1f / 11);
        p = Math.fma(p, square, 1f / 9);
        p = Math.fma(p, square, 1f / 7);
        p = Math.fma(p, square, 1f / 5);
        p = Math.fma(p, square, 1f / 3);
        p = Math.fma(p, square, 1f);
        return (x > 0f ? x : 0f) + 2f * t * p;
    }
}
