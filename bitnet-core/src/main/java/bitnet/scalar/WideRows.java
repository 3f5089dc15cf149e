package bitnet.scalar;

import bitnet.spi.Kernels;

/** Rows of wide codes with the step between them; grows with the steps of the model. */
public final class WideRows implements Kernels.Quantized {
    private final int columns;
    private short[] codes = {};
    private float[] steps = {};

    WideRows(int columns) {
        this.columns = columns;
    }

    void reserve(int rows) {
        if (steps.length < rows) {
            codes = new short[Math.multiplyExact(rows, columns)];
            steps = new float[rows];
        }
    }

    /** Codes of a row. */
    public int columns() {
        return columns;
    }

    /** The rows, one after another. */
    public short[] codes() {
        return codes;
    }

    /** What a code of each row is worth. */
    public float[] steps() {
        return steps;
    }
}
