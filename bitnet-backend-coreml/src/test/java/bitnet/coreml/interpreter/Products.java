package bitnet.coreml.interpreter;

import java.util.Arrays;
import java.util.Map;

/** Sums of products. Each result is rounded to F16 once: the Neural Engine is said to add up in more than F16. */
final class Products {
    private Products() {}

    /** A matrix with the weights of an input side by side, as the loops below want it; {@code cache} keeps it. */
    private static float[] byInput(Tensor weight, Map<Tensor, float[]> cache) {
        return cache.computeIfAbsent(weight, w -> {
            int outputs = w.dimension(0);
            int inputs = w.dimension(1);
            float[] turned = new float[w.data().length];
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < inputs; i++) {
                    turned[i * outputs + o] = w.data()[o * inputs + i];
                }
            }
            return turned;
        });
    }

    /** {@code x} is {@code (1, inputs, 1, tokens)}, {@code weight} {@code (outputs, inputs, 1, 1)}. */
    static Tensor conv(Tensor x, Tensor weight, Map<Tensor, float[]> cache) {
        int outputs = weight.dimension(0);
        int inputs = weight.dimension(1);
        int tokens = x.dimension(3);
        if (x.rank() != 4 || x.dimension(1) != inputs || x.dimension(0) != 1 || x.dimension(2) != 1) {
            throw new IllegalArgumentException(
                    "conv of " + Arrays.toString(x.shape()) + " by " + Arrays.toString(weight.shape()));
        }
        float[] w = byInput(weight, cache);
        float[] columns = new float[tokens * outputs];
        for (int i = 0; i < inputs; i++) {
            for (int t = 0; t < tokens; t++) {
                addScaled(x.data()[i * tokens + t], w, i * outputs, columns, t * outputs, outputs);
            }
        }
        float[] y = new float[columns.length];
        for (int t = 0; t < tokens; t++) {
            for (int o = 0; o < outputs; o++) {
                y[o * tokens + t] = columns[t * outputs + o];
            }
        }
        return new Tensor(Tensor.rounded(y), 1, outputs, 1, tokens);
    }

    /** The last two of four dimensions; {@code y} may be transposed. */
    static Tensor matmul(Tensor x, Tensor y, boolean transposeY) {
        Tensor right = transposeY ? Layout.transpose(y, 0, 1, 3, 2) : y;
        int batches = x.dimension(0) * x.dimension(1);
        int rows = x.dimension(2);
        int inner = x.dimension(3);
        int columns = right.dimension(3);
        if (right.dimension(2) != inner || right.dimension(0) * right.dimension(1) != batches) {
            throw new IllegalArgumentException(
                    "matmul of " + Arrays.toString(x.shape()) + " by " + Arrays.toString(right.shape()));
        }
        float[] z = new float[batches * rows * columns];
        for (int row = 0; row < batches * rows; row++) {
            int from = row / rows * inner * columns;
            for (int k = 0; k < inner; k++) {
                addScaled(x.data()[row * inner + k], right.data(), from + k * columns, z, row * columns, columns);
            }
        }
        return new Tensor(Tensor.rounded(z), x.dimension(0), x.dimension(1), rows, columns);
    }

    private static void addScaled(float factor, float[] from, int at, float[] to, int into, int count) {
        if (factor == 0) {
            return; // padding and masked positions
        }
        for (int i = 0; i < count; i++) {
            to[into + i] += factor * from[at + i];
        }
    }
}
