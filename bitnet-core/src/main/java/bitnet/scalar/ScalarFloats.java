package bitnet.scalar;

import bitnet.spi.Kernels;

/** Rows of floats; grows with the steps. */
public final class ScalarFloats implements Kernels.Floats {
    private final int columns;
    private float[] data = {};

    ScalarFloats(int columns) {
        this.columns = columns;
    }

    /** Makes room; what was there may be lost. */
    public void reserve(int rows) {
        int size = Math.multiplyExact(rows, columns);
        if (data.length < size) {
            data = new float[size];
        }
    }

    /** Elements of a row. */
    public int columns() {
        return columns;
    }

    /** The rows, one after another. */
    public float[] data() {
        return data;
    }
}
