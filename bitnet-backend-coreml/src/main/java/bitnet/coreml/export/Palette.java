package bitnet.coreml.export;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The values that stand for F16 weights: k-means in one dimension (Lloyd), on how often each of the 65,536 numbers of F16
 * occurs. The root mean square error of normally distributed weights is 0.0065 of theirs with 256 values and 0.025 with 64,
 * half that of even steps from the least weight to the largest, since outliers do not widen all steps.
 */
final class Palette {
    private static final int NUMBERS = 1 << 16;
    private static final int MAX_ROUNDS = 60;
    private static final int BINS = 4096;

    private final float[] values;
    private final byte[] codes = new byte[NUMBERS];
    private double squaredError;
    private double squares;

    /**
     * The palette of some weights.
     *
     * @param counts how often each F16 occurs, indexed by its bits; no infinities or NaNs
     * @param size of the palette; at most 256
     */
    Palette(long[] counts, int size) {
        int[] order = ascending();
        double[] numbers = Arrays.stream(order)
                .mapToDouble(bits -> Float.float16ToFloat((short) bits))
                .toArray();
        long[] weights = Arrays.stream(order).mapToLong(bits -> counts[bits]).toArray();
        values = lloyd(numbers, weights, start(numbers, weights, size));
        assign(order, numbers, weights);
    }

    /** The values, ascending, each an F16. */
    float[] values() {
        return values;
    }

    /** The index of the value that stands for an F16. */
    byte code(short half) {
        return codes[half & 0xffff];
    }

    /** The sum of the squared errors. */
    double squaredError() {
        return squaredError;
    }

    /** The sum of the squared weights. */
    double squares() {
        return squares;
    }

    /** The bits of all finite numbers, by ascending number. */
    private static int[] ascending() {
        return IntStream.concat(
                        IntStream.iterate(0xfbff, bits -> bits >= 0x8000, bits -> bits - 1),
                        IntStream.rangeClosed(0, 0x7bff))
                .toArray();
    }

    /**
     * Where to begin: as dense as the cube root of the weights' density, which is the best for many values (Panter and Dite).
     * Lloyd's rounds alone, from the quantiles on, are stuck long before.
     */
    private static double[] start(double[] numbers, long[] weights, int size) {
        double least = numbers[first(weights)];
        double width = numbers[last(weights)] - least;
        long[] bins = new long[BINS];
        for (int i = 0; i < numbers.length; i++) {
            if (weights[i] > 0) {
                bins[width == 0 ? 0 : (int) Math.min(BINS - 1, (numbers[i] - least) / width * BINS)] += weights[i];
            }
        }
        double total = Arrays.stream(bins).mapToDouble(Math::cbrt).sum();
        double[] centers = new double[size];
        double seen = 0;
        int next = 0;
        for (int bin = 0; bin < BINS; bin++) {
            double share = Math.cbrt((double) bins[bin]) / total * size;
            for (; next < size && seen + share >= next + 0.5; next++) {
                centers[next] = least + width * (bin + (next + 0.5 - seen) / share) / BINS;
            }
            seen += share;
        }
        Arrays.fill(centers, next, size, least + width); // what rounding left over
        return centers;
    }

    private static int first(long[] weights) {
        return IntStream.range(0, weights.length)
                .filter(i -> weights[i] > 0)
                .findFirst()
                .orElse(0);
    }

    private static int last(long[] weights) {
        int last = weights.length - 1;
        while (last > 0 && weights[last] == 0) {
            last--;
        }
        return last;
    }

    /** Each round gives every number to the nearest value, and moves the value to the mean of what it was given. */
    private static float[] lloyd(double[] numbers, long[] weights, double[] start) {
        double[] centers = start;
        for (int round = 0; round < MAX_ROUNDS; round++) {
            double[] sums = new double[centers.length];
            long[] counts = new long[centers.length];
            int nearest = 0;
            for (int i = 0; i < numbers.length; i++) {
                if (weights[i] > 0) {
                    nearest = nearest(centers, numbers[i], nearest);
                    sums[nearest] += numbers[i] * weights[i];
                    counts[nearest] += weights[i];
                }
            }
            double[] moved = centers.clone();
            for (int c = 0; c < moved.length; c++) {
                if (counts[c] > 0) {
                    moved[c] = sums[c] / counts[c];
                }
            }
            Arrays.sort(moved);
            if (Arrays.equals(moved, centers)) {
                break;
            }
            centers = moved;
        }
        float[] rounded = new float[centers.length];
        for (int c = 0; c < rounded.length; c++) {
            rounded[c] = Float.float16ToFloat(Float.floatToFloat16((float) centers[c]));
        }
        return rounded;
    }

    /** Numbers come in ascending order, so the nearest center is at or after that of the number before. */
    private static int nearest(double[] centers, double number, int from) {
        int nearest = from;
        while (nearest + 1 < centers.length
                && Math.abs(centers[nearest + 1] - number) <= Math.abs(centers[nearest] - number)) {
            nearest++;
        }
        return nearest;
    }

    private void assign(int[] order, double[] numbers, long[] weights) {
        double[] centers = new double[values.length];
        for (int c = 0; c < centers.length; c++) {
            centers[c] = values[c];
        }
        int nearest = 0;
        for (int i = 0; i < numbers.length; i++) {
            nearest = nearest(centers, numbers[i], nearest);
            codes[order[i]] = (byte) nearest;
            double error = numbers[i] - centers[nearest];
            squaredError += error * error * weights[i];
            squares += numbers[i] * numbers[i] * weights[i];
        }
    }
}
