package bitnet.scalar;

/**
 * {@code exp} of numbers that are not positive, from fma alone: reduction by ln 2 in two parts (Cody and Waite), then the
 * Taylor polynomial of degree 6. Relative error below 3e-7; 0 from -87 down.
 */
public final class Expn {
    private static final float LOG2_E = 1.442695f;
    private static final float LN2_HIGH = 0.69314575f;
    private static final float LN2_LOW = 1.4286068e-6f;

    private Expn() {}

    /** {@code e^x} for {@code x <= 0}. */
    public static float expn(float x) {
        if (!(x > -87f)) {
            return 0f;
        }
        float n = (float) Math.rint(x * LOG2_E);
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = 1.3888889e-3f;
        p = Math.fma(p, r, 8.333334e-3f);
        p = Math.fma(p, r, 4.1666668e-2f);
        p = Math.fma(p, r, 0.16666667f);
        p = Math.fma(p, r, 0.5f);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        return p * Float.intBitsToFloat(((int) n + 127) << 23);
    }
}
