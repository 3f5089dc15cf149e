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

    static RopeBase of(float[] frequencies) {
        int headDim = 2 * frequencies.length;
        float factor = 1 / frequencies[0];
        int last = frequencies.length - 1;
        RopeBase pure = pure(frequencies, headDim, factor, last);
        return pure != null ? pure : divided(frequencies, headDim);
    }

    /** A base that gives all frequencies, or null. */
    private static @Nullable RopeBase pure(float[] frequencies, int headDim, float factor, int last) {
        if (last == 0) {
            return new RopeBase(10000, factor, null);
        }
        double estimate = StrictMath.pow((double) frequencies[last] * factor, -headDim / (2.0 * last));
        for (int digits = 1; digits <= DIGITS; digits++) {
            float theta = round(estimate, digits);
            if (theta > 0 && Arrays.equals(frequencies, RopeFrequencies.linear(theta, headDim, factor))) {
                return new RopeBase(theta, factor, null);
            }
        }
        return null;
    }

    /** The roundest base that gives the second frequency, and divisors for the others. */
    private static RopeBase divided(float[] frequencies, int headDim) {
        double estimate = StrictMath.pow(frequencies[1], -headDim / 2.0);
        float theta = (float) estimate;
        for (int digits = 1; digits <= DIGITS; digits++) {
            float candidate = round(estimate, digits);
            if (RopeFrequencies.of(candidate, headDim)[1] == frequencies[1]) {
                theta = candidate;
                break;
            }
        }
        float[] unscaled = RopeFrequencies.of(theta, headDim);
        float[] divisors = new float[frequencies.length];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = divisor(unscaled[i], frequencies[i]);
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
