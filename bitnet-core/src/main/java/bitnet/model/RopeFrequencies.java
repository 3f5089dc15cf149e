package bitnet.model;

/**
 * The angles by which RoPE turns, per position: {@code 1 / theta^(2i / headDim)} for {@code i < headDim / 2}, where the
 * exponent, the power and the quotient are each rounded to binary32, as models are trained with. Scaling divides them and
 * rounds once more. Every format's reader takes the angles from here, so that one model has the same bits in all.
 *
 * @see <a href="https://arxiv.org/abs/2104.09864">RoFormer</a>
 */
public final class RopeFrequencies {
    /** Radians per position; without scaling the largest is 1. */
    private static final float LARGEST = 1e4f;

    private RopeFrequencies() {}

    /**
     * Without scaling.
     *
     * @param theta the base, above 0
     * @param headDim dimensions of a head; even
     */
    public static float[] of(double theta, int headDim) {
        return linear(theta, headDim, 1);
    }

    /** All angles divided by {@code factor} (position interpolation). */
    public static float[] linear(double theta, int headDim, double factor) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) (frequency(theta, headDim, i) / factor);
        }
        return frequencies;
    }

    /** Angle {@code i} divided by {@code factors[i]}: GGUF's {@code rope_freqs.weight}, or {@link #llama3Factors}. */
    public static float[] divided(double theta, int headDim, float[] factors) {
        if (factors.length != headDim / 2) {
            throw new IllegalArgumentException(factors.length + " factors for a head of " + headDim + " dimensions");
        }
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = frequency(theta, headDim, i) / factors[i];
        }
        return frequencies;
    }

    /**
     * The factors of Llama 3.1's scaling, as GGUF stores them: 1 for short wavelengths, {@code factor} for long ones, and
     * between the two by interpolation of the frequency.
     *
     * @param factor by which the longest wavelengths grow
     * @param lowFrequencyFactor wavelengths above {@code originalContext / lowFrequencyFactor} are long
     * @param highFrequencyFactor wavelengths below {@code originalContext / highFrequencyFactor} are short
     * @param originalContext positions that the model was first trained for
     */
    public static float[] llama3Factors(
            double theta,
            int headDim,
            double factor,
            double lowFrequencyFactor,
            double highFrequencyFactor,
            double originalContext) {
        float[] factors = new float[headDim / 2];
        for (int i = 0; i < factors.length; i++) {
            double wavelength = 2 * Math.PI / frequency(theta, headDim, i);
            if (wavelength < originalContext / highFrequencyFactor) {
                factors[i] = 1;
            } else if (wavelength > originalContext / lowFrequencyFactor) {
                factors[i] = (float) factor;
            } else {
                double smooth = (originalContext / wavelength - lowFrequencyFactor)
                        / (highFrequencyFactor - lowFrequencyFactor);
                factors[i] = (float) (1 / ((1 - smooth) / factor + smooth));
            }
        }
        return factors;
    }

    /**
     * YaRN: short wavelengths stay, long ones grow by the factor, and between the two frequencies blend; sines and cosines grow a
     * little at every position.
     *
     * @param factor by which the longest wavelengths grow
     * @param originalContext positions that the model was first trained for
     * @param fastTurns dimensions that turn more often within the original context stay
     * @param slowTurns dimensions that turn less often are interpolated
     * @param magnitude of sines and cosines; NaN for {@code 0.1 ln(factor) + 1}
     * @see <a href="https://arxiv.org/abs/2309.00071">YaRN</a>
     */
    public static Rope yarn(
            double theta,
            int headDim,
            double factor,
            double originalContext,
            double fastTurns,
            double slowTurns,
            double magnitude) {
        double low = Math.max(0, Math.floor(turningDimension(theta, headDim, originalContext, fastTurns)));
        double high = Math.min(headDim - 1, Math.ceil(turningDimension(theta, headDim, originalContext, slowTurns)));
        double width = low == high ? 0.001 : high - low;
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double ramp = Math.clamp((i - low) / width, 0, 1);
            double frequency = frequency(theta, headDim, i);
            frequencies[i] = (float) (frequency / factor * ramp + frequency * (1 - ramp));
        }
        double grown = factor > 1 ? 0.1 * StrictMath.log(factor) + 1 : 1;
        return new Rope(frequencies, (float) (Double.isNaN(magnitude) ? grown : magnitude));
    }

    /** The dimension that turns so many times within the original context. */
    private static double turningDimension(double theta, int headDim, double originalContext, double turns) {
        return headDim * StrictMath.log(originalContext / (turns * 2 * Math.PI)) / (2 * StrictMath.log(theta));
    }

    /**
     * The first of some angles that no model has, or -1: one that is not a number, is negative, or turns so far in a step that
     * positions lose their meaning. Absurd bases, factors and divisors show here, wherever they came from.
     */
    public static int firstAbsurd(float[] frequencies) {
        for (int i = 0; i < frequencies.length; i++) {
            if (!(frequencies[i] >= 0 && frequencies[i] <= LARGEST)) {
                return i;
            }
        }
        return -1;
    }

    private static float frequency(double theta, int headDim, int i) {
        return 1 / (float) StrictMath.pow(theta, 2f * i / headDim);
    }
}
