package bitnet.convert;

import bitnet.model.RopeFrequencies;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a file must say for a reader to compute given RoPE frequencies: a base, a linear factor, and divisors where the frequencies
 * are not a power of the base. Models describe themselves by the frequencies alone, whatever their format wrote.
 *
 * @param theta {@code rope.freq_base}
 * @param factor {@code rope.scaling.factor}, 1 for none
 * @param divisors {@code rope_freqs.weight}, or null for none
 */
record RopeBase(float theta, float factor, float @Nullable [] divisors) {
    /** Significant decimal digits of bases that are tried; the shortest that fits is what was configured. */
    private static final int DIGITS = 9;

    /** Larger bases that are tried with divisors where a base itself does not do: from its neighbour to about three times it. */
    private static final int LARGER = 75;

    /** What gives these very frequencies, to the bit; null if nothing does. */
    static @Nullable RopeBase of(float[] frequencies) {
        int headDim = 2 * frequencies.length;
        int last = frequencies.length - 1;
        for (float factor : factors(frequencies[0])) {
            RopeBase pure = pure(frequencies, headDim, factor, last);
            if (pure != null) {
                return pure;
            }
        }
        return last == 0 ? divided(frequencies, headDim, 10000) : divided(frequencies, headDim);
    }

    /** Factors that the largest frequency may come of, the shortest first. */
    private static float[] factors(float largest) {
        float exact = 1 / largest;
        float[] factors = new float[DIGITS + 3];
        for (int digits = 1; digits <= DIGITS; digits++) {
            factors[digits - 1] = Float.isFinite(exact) ? round(exact, digits) : exact;
        }
        factors[DIGITS] = exact;
        factors[DIGITS + 1] = Math.nextDown(exact);
        factors[DIGITS + 2] = Math.nextUp(exact);
        return factors;
    }

    /** A base that gives all frequencies, or null. */
    private static @Nullable RopeBase pure(float[] frequencies, int headDim, float factor, int last) {
        if ((float) (1 / (double) factor) != frequencies[0]) {
            return null;
        }
        if (last == 0) {
            return new RopeBase(10000, factor, null);
        }
        double estimate = StrictMath.pow((double) frequencies[last] * factor, -headDim / (2.0 * last));
        for (int digits = 1; digits <= DIGITS && Double.isFinite(estimate); digits++) {
            float theta = round(estimate, digits);
            if (theta > 0 && Arrays.equals(frequencies, RopeFrequencies.linear(theta, headDim, factor))) {
                return new RopeBase(theta, factor, null);
            }
        }
        return null;
    }

    /**
     * The roundest base that gives the second frequency, and divisors for the others. A quotient of floats reaches every float
     * only if the divisor's significand is the larger one. A base that is a little larger has divisors just below 1, and they
     * reach all.
     */
    private static @Nullable RopeBase divided(float[] frequencies, int headDim) {
        double estimate = StrictMath.pow(frequencies[1], -headDim / 2.0);
        if (!(estimate > 0 && estimate <= Float.MAX_VALUE)) {
            return null;
        }
        float theta = (float) estimate;
        for (int digits = 1; digits <= DIGITS; digits++) {
            float candidate = round(estimate, digits);
            if (RopeFrequencies.of(candidate, headDim)[1] == frequencies[1]) {
                theta = candidate;
                break;
            }
        }
        RopeBase found = divided(frequencies, headDim, theta);
        for (int i = 0; i < LARGER && found == null; i++) {
            double larger = theta * (1 + 0x1p-23 * StrictMath.pow(1.25, i));
            found = divided(frequencies, headDim, (float) larger);
        }
        return found;
    }

    /** This base with divisors, or null if there are none that give the frequencies. */
    private static @Nullable RopeBase divided(float[] frequencies, int headDim, float theta) {
        if (!(theta > 0 && theta <= Float.MAX_VALUE)) {
            return null;
        }
        float[] unscaled = RopeFrequencies.of(theta, headDim);
        float[] divisors = new float[frequencies.length];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = divisor(unscaled[i], frequencies[i]);
            if (!Float.isFinite(divisors[i]) || unscaled[i] / divisors[i] != frequencies[i]) {
                return null;
            }
        }
        return new RopeBase(theta, 1, divisors);
    }

    /** The float by which {@code from} divided comes nearest to {@code to}. */
    private static float divisor(float from, float to) {
        float best = from / to;
        for (float candidate : new float[] {Math.nextDown(best), Math.nextUp(best)}) {
            if (Math.abs(from / candidate - to) < Math.abs(from / best - to)) {
                best = candidate;
            }
        }
        return best;
    }

    private static float round(double value, int digits) {
        return java.math.BigDecimal.valueOf(value)
                .round(new java.math.MathContext(digits))
                .floatValue();
    }
}
