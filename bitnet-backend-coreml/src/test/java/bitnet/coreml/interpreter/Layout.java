package bitnet.coreml.interpreter;

import java.util.List;

/** Operations that move elements and do not change them. */
final class Layout {
    private Layout() {}

    static Tensor transpose(Tensor x, int... permutation) {
        int[] shape = new int[permutation.length];
        int[] from = new int[permutation.length];
        int[] strides = Tensor.strides(x.shape());
        for (int i = 0; i < shape.length; i++) {
            shape[i] = x.dimension(permutation[i]);
            from[i] = strides[permutation[i]];
        }
        Tensor y = Tensor.zeros(shape);
        copy(x.data(), 0, from, y.data(), 0, Tensor.strides(shape), shape);
        return y;
    }

    static Tensor slice(Tensor x, int[] begin, int... size) {
        check(x, begin, size);
        Tensor y = Tensor.zeros(size);
        int[] strides = Tensor.strides(x.shape());
        copy(x.data(), offset(begin, strides), strides, y.data(), 0, Tensor.strides(size), size);
        return y;
    }

    static Tensor concat(List<Tensor> values, int axis) {
        int[] shape = values.getFirst().shape().clone();
        shape[axis] = values.stream().mapToInt(value -> value.dimension(axis)).sum();
        Tensor y = Tensor.zeros(shape);
        int[] begin = new int[shape.length];
        for (Tensor value : values) {
            update(y, value, begin);
            begin[axis] += value.dimension(axis);
        }
        return y;
    }

    /** Writes into {@code x}. */
    static void update(Tensor x, Tensor update, int... begin) {
        check(x, begin, update.shape());
        int[] strides = Tensor.strides(x.shape());
        int[] from = Tensor.strides(update.shape());
        copy(update.data(), 0, from, x.data(), offset(begin, strides), strides, update.shape());
    }

    private static void check(Tensor x, int[] begin, int[] size) {
        for (int i = 0; i < x.rank(); i++) {
            if (begin[i] < 0 || begin[i] + size[i] > x.dimension(i)) {
                throw new IllegalArgumentException("dimension " + i + " has " + x.dimension(i) + " elements, asked for "
                        + size[i] + " from " + begin[i] + " on");
            }
        }
    }

    private static int offset(int[] at, int[] strides) {
        int offset = 0;
        for (int i = 0; i < at.length; i++) {
            offset += at[i] * strides[i];
        }
        return offset;
    }

    private static void copy(
            float[] from, int fromOffset, int[] fromStrides, float[] to, int toOffset, int[] toStrides, int[] size) {
        copy(from, fromOffset, fromStrides, to, toOffset, toStrides, size, 0);
    }

    private static void copy(
            float[] from, int at, int[] fromStrides, float[] to, int into, int[] toStrides, int[] size, int axis) {
        if (axis == size.length - 1 && fromStrides[axis] == 1 && toStrides[axis] == 1) {
            System.arraycopy(from, at, to, into, size[axis]);
        } else if (axis == size.length - 1) {
            for (int i = 0; i < size[axis]; i++) {
                to[into + i * toStrides[axis]] = from[at + i * fromStrides[axis]];
            }
        } else {
            for (int i = 0; i < size[axis]; i++) {
                int nextAt = at + i * fromStrides[axis];
                copy(from, nextAt, fromStrides, to, into + i * toStrides[axis], toStrides, size, axis + 1);
            }
        }
    }
}
