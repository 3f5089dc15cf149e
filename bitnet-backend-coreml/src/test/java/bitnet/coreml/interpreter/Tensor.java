package bitnet.coreml.interpreter;

import java.util.Arrays;

/** A tensor of numbers, row-major: F16 values, or whole numbers, each exact as a float. */
public final class Tensor {
    private final int[] shape;
    private final float[] data;

    /** Takes the array as it is. */
    Tensor(float[] data, int... shape) {
        if (elements(shape) != data.length) {
            throw new IllegalArgumentException(data.length + " elements for " + Arrays.toString(shape));
        }
        this.shape = shape;
        this.data = data;
    }

    /** From the bits of F16 numbers. */
    public static Tensor ofHalves(short[] halves, int... shape) {
        float[] data = new float[halves.length];
        for (int i = 0; i < data.length; i++) {
            data[i] = Float.float16ToFloat(halves[i]);
        }
        return new Tensor(data, shape.clone());
    }

    /** From floats, rounded to F16. */
    public static Tensor ofFloats(float[] values, int... shape) {
        return new Tensor(rounded(values.clone()), shape.clone());
    }

    /** From whole numbers, below 2^24. */
    public static Tensor ofInts(int[] values, int... shape) {
        float[] data = new float[values.length];
        for (int i = 0; i < data.length; i++) {
            data[i] = values[i];
        }
        return new Tensor(data, shape.clone());
    }

    /** Of zeros. */
    static Tensor zeros(int... shape) {
        return new Tensor(new float[elements(shape)], shape);
    }

    /** Rounds in place to F16. */
    static float[] rounded(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
        return values;
    }

    /** The bits of the elements as F16 numbers. */
    public short[] halves() {
        short[] halves = new short[data.length];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = Float.floatToFloat16(data[i]);
        }
        return halves;
    }

    /** The elements; not to be changed. */
    public float[] data() {
        return data;
    }

    /** The dimensions; not to be changed. */
    public int[] shape() {
        return shape;
    }

    int dimension(int axis) {
        return shape[axis];
    }

    int rank() {
        return shape.length;
    }

    /** The elements as whole numbers. */
    int[] ints() {
        int[] ints = new int[data.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) data[i];
        }
        return ints;
    }

    Tensor copy() {
        return new Tensor(data.clone(), shape);
    }

    static int elements(int... shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** How far apart neighbours of each dimension lie. */
    static int[] strides(int... shape) {
        int[] strides = new int[shape.length];
        int stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }
}
