package bitnet.coreml.interpreter;

/** Operations that treat each element alone. */
final class Elementwise {
    private Elementwise() {}

    interface Binary {
        float of(float a, float b);
    }

    interface Unary {
        float of(float a);
    }

    /** Every result is rounded to F16. */
    static Tensor unary(Tensor x, Unary operation) {
        float[] y = new float[x.data().length];
        for (int i = 0; i < y.length; i++) {
            y[i] = operation.of(x.data()[i]);
        }
        return new Tensor(Tensor.rounded(y), x.shape());
    }

    /** Dimensions of 1 stretch. Results are rounded to F16, unless they are whole numbers. */
    static Tensor binary(Tensor a, Tensor b, boolean whole, Binary operation) {
        int rank = Math.max(a.rank(), b.rank());
        int[] shape = new int[rank];
        for (int i = 0; i < rank; i++) {
            int m = fromEnd(a, i - rank);
            int n = fromEnd(b, i - rank);
            if (m != n && m != 1 && n != 1) {
                throw new IllegalArgumentException("dimensions " + m + " and " + n + " do not go together");
            }
            shape[i] = Math.max(m, n);
        }
        float[] y = new float[Tensor.elements(shape)];
        int inner = rank == 0 ? 1 : shape[rank - 1];
        int stepA = rank == 0 || fromEnd(a, -1) == 1 ? 0 : 1;
        int stepB = rank == 0 || fromEnd(b, -1) == 1 ? 0 : 1;
        int[] stridesA = stretched(a, rank);
        int[] stridesB = stretched(b, rank);
        int[] at = new int[rank];
        for (int row = 0; row < y.length; row += inner) {
            int fromA = 0;
            int fromB = 0;
            for (int i = 0; i < rank - 1; i++) {
                fromA += at[i] * stridesA[i];
                fromB += at[i] * stridesB[i];
            }
            for (int i = 0; i < inner; i++) {
                y[row + i] = operation.of(a.data()[fromA + i * stepA], b.data()[fromB + i * stepB]);
            }
            for (int i = rank - 2; i >= 0 && ++at[i] == shape[i]; i--) {
                at[i] = 0;
            }
        }
        return new Tensor(whole ? y : Tensor.rounded(y), shape);
    }

    private static int fromEnd(Tensor x, int axis) {
        return x.rank() + axis < 0 ? 1 : x.dimension(x.rank() + axis);
    }

    private static int[] stretched(Tensor x, int rank) {
        int[] own = Tensor.strides(x.shape());
        int[] strides = new int[rank];
        for (int i = 0; i < x.rank(); i++) {
            strides[rank - x.rank() + i] = x.dimension(i) == 1 ? 0 : own[i];
        }
        return strides;
    }
}
