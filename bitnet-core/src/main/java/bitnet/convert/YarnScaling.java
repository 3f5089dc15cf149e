package bitnet.convert;

import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a file must say for a reader to compute the angles of a model with YaRN. A {@link Rope} has the angles alone, so the numbers
 * are found again: the formula depends on the original context only through two rounded dimensions, and any that gives the same
 * angles will do.
 *
 * @param theta {@code rope.freq_base}
 * @param factor {@code rope.scaling.factor}
 * @param originalContext {@code rope.scaling.original_context_length}
 */
record YarnScaling(float theta, float factor, int originalContext) {
    /** Significant decimal digits of numbers that are tried; the shortest that fits is what was configured. */
    private static final int DIGITS = 8;
    /** The usual turns, which readers take where a file has no others. */
    private static final int FAST_TURNS = 32;

    private static final int SLOW_TURNS = 1;

    /**
     * What gives these very angles, to the bit; null if nothing does.
     *
     * @param context positions of the model, the factor times the original ones in most
     */
    static @Nullable YarnScaling of(Rope rope, int context) {
        float[] frequencies = rope.inverseFrequencies();
        int headDim = 2 * frequencies.length;
        if (!(rope.magnitude() > 1) || frequencies.length < 2) {
            return null;
        }
        return rounded(StrictMath.exp((rope.magnitude() - 1) / 0.1))
                .flatMap(factor -> Stream.concat(
                                rounded(StrictMath.pow(frequencies[1], -headDim / 2.0)),
                                rounded(lastTheta(frequencies, factor)))
                        .distinct()
                        .flatMap(theta -> contexts(theta, headDim, factor, context)
                                .mapToObj(original -> new YarnScaling(theta, factor, original))))
                .filter(candidate -> candidate.rope(headDim).equals(rope))
                .findFirst()
                .orElse(null);
    }

    /** What a reader computes. */
    private Rope rope(int headDim) {
        return RopeFrequencies.yarn(theta, headDim, factor, originalContext, FAST_TURNS, SLOW_TURNS, Double.NaN);
    }

    /** The base that the slowest pair comes of if it turns slower by the whole factor. */
    private static double lastTheta(float[] frequencies, float factor) {
        int last = frequencies.length - 1;
        return StrictMath.pow((double) frequencies[last] * factor, -frequencies.length / (double) last);
    }

    /** The number with one significant digit, with two, and so on. */
    private static Stream<Float> rounded(double value) {
        if (!(value > 0 && value < Float.MAX_VALUE)) {
            return Stream.empty();
        }
        return IntStream.rangeClosed(1, DIGITS)
                .mapToObj(digits ->
                        BigDecimal.valueOf(value).round(new MathContext(digits)).floatValue())
                .distinct();
    }

    /** The usual original contexts, then one of each range that gives the same angles. */
    private static IntStream contexts(float theta, int headDim, float factor, int context) {
        IntStream usual = IntStream.concat(
                IntStream.of((int) (context / factor), context),
                IntStream.rangeClosed(8, 22).map(bits -> 1 << bits));
        IntStream ranges = IntStream.range(0, headDim)
                .boxed()
                .flatMap(dimension -> Stream.of(FAST_TURNS, SLOW_TURNS)
                        .map(turns -> turns * 2 * Math.PI * StrictMath.pow(theta, 2.0 * dimension / headDim)))
                .filter(edge -> edge < Integer.MAX_VALUE)
                .mapToInt(edge -> (int) Math.ceil(edge));
        return IntStream.concat(usual, ranges).filter(original -> original > 0).distinct();
    }
}
