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
        if (data.length < rows * columns) {
            data = new float[Math.multiplyExact(rows, columns)];
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
