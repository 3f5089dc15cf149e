package bitnet.model;

/** How the rotary embedding's frequencies are stretched for contexts longer than those of the first training. */
public sealed interface RopeScaling {
    /** Not at all. */
    RopeScaling NONE = new Linear(1);

    /**
     * The scaled frequency.
     *
     * @param frequency radians per position
     * @param index of the pair of dimensions
     */
    double apply(double frequency, int index);

    /** All frequencies divided by {@code factor} (position interpolation). */
    record Linear(double factor) implements RopeScaling {
        @Override
        public double apply(double frequency, int index) {
            return frequency / factor;
        }
    }

    /** Each pair's frequency divided by a number of its own, GGUF's {@code rope_freqs.weight}, and by {@code factor}. */
    record Divisors(float[] values, double factor) implements RopeScaling {
        @Override
        public double apply(double frequency, int index) {
            return frequency / values[index] / factor;
        }
    }

    /**
     * Llama 3.1's: wavelengths above {@code originalContext / lowFactor} are stretched by {@code factor}, those below {@code
     * originalContext / highFactor} are kept, and those between are blended (transformers, {@code rope_type: llama3}).
     */
    record Llama3(double factor, double lowFactor, double highFactor, double originalContext) implements RopeScaling {
        @Override
        public double apply(double frequency, int index) {
            double turns = originalContext * frequency / (2 * Math.PI);
            if (turns > highFactor) {
                return frequency;
            }
            if (turns < lowFactor) {
                return frequency / factor;
            }
            double smooth = (turns - lowFactor) / (highFactor - lowFactor);
            return (1 - smooth) * frequency / factor + smooth * frequency;
        }
    }

    /**
     * The frequencies of a head: {@code base^(-2i / headDim)}, scaled, in double and rounded once.
     *
     * @param base {@code rope_theta}
     * @param headDim dimensions of a head; even
     */
    default float[] frequencies(double base, int headDim) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) apply(1 / StrictMath.pow(base, 2.0 * i / headDim), i);
        }
        return frequencies;
    }
}
