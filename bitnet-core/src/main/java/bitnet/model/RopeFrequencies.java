package bitnet.model;

/**
 * The angles by which RoPE turns, per position: {@code 1 / theta^(2i / headDim)} for {@code i < headDim / 2}, where the
 * exponent, the power and the quotient are each rounded to binary32, as models are trained with. Scaling divides them and
 * rounds once more. Every format's reader takes the angles from here, so that one model has the same bits in all.
 *
 * @see <a href="https://arxiv.org/abs/2104.09864">RoFormer</a>
 */
public final class RopeFrequencies {
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

    private static float frequency(double theta, int headDim, int i) {
        return 1 / (float) StrictMath.pow(theta, 2f * i / headDim);
    }
}
