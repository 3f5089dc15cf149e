package bitnet.coreml.interpreter;

/** Operations along one dimension. Inside they compute in double. */
final class Reductions {
    private Reductions() {}

    private interface Line {
        void apply(float[] x, float[] y, int from, int step, int count);
    }

    static Tensor layerNorm(Tensor x, int axis, float epsilon) {
        return along(x, axis, (in, out, from, step, count) -> {
            double mean = 0;
            for (int i = 0; i < count; i++) {
                mean += in[from + i * step];
            }
            mean /= count;
            double variance = 0;
            for (int i = 0; i < count; i++) {
                double distance = in[from + i * step] - mean;
                variance += distance * distance;
            }
            double root = Math.sqrt(variance / count + epsilon);
            for (int i = 0; i < count; i++) {
                out[from + i * step] = (float) ((in[from + i * step] - mean) / root);
            }
        });
    }

    static Tensor softmax(Tensor x, int axis) {
        return along(x, axis, (in, out, from, step, count) -> {
            double largest = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                largest = Math.max(largest, in[from + i * step]);
            }
            double sum = 0;
            for (int i = 0; i < count; i++) {
                double distance = in[from + i * step] - largest;
                double weight = distance < -30 ? 0 : Math.exp(distance); // less than F16 holds of a sum of at least 1
                out[from + i * step] = (float) weight;
                sum += weight;
            }
            for (int i = 0; i < count; i++) {
                out[from + i * step] = (float) (out[from + i * step] / sum);
            }
        });
    }

    /** The dimension stays as 1. */
    static Tensor max(Tensor x, int axis) {
        int[] shape = x.shape().clone();
        shape[axis] = 1;
        Tensor all = along(x, axis, (in, out, from, step, count) -> {
            out[from] = in[from];
            for (int i = 1; i < count; i++) {
                out[from] = Math.max(out[from], in[from + i * step]);
            }
        });
        return Layout.slice(all, new int[shape.length], shape);
    }

    private static Tensor along(Tensor x, int axis, Line line) {
        int dimension = axis < 0 ? axis + x.rank() : axis;
        int count = x.dimension(dimension);
        int step = Tensor.strides(x.shape())[dimension];
        float[] y = new float[x.data().length];
        for (int outer = 0; outer < y.length; outer += count * step) {
            for (int inner = 0; inner < step; inner++) {
                line.apply(x.data(), y, outer + inner, step, count);
            }
        }
        return new Tensor(Tensor.rounded(y), x.shape());
    }
}
