package bitnet.scalar;

import bitnet.spi.Kernels;

/** Rows of int8 codes with the factor that made them; grows with the steps. */
public final class ScalarQuantized implements Kernels.Quantized {
    private final int columns;
    private byte[] codes = {};
    private float[] factors = {};

    ScalarQuantized(int columns) {
        this.columns = columns;
    }

    void reserve(int rows) {
        if (factors.length < rows) {
            codes = new byte[Math.multiplyExact(rows, columns)];
            factors = new float[rows];
        }
    }

    /** Codes of a row. */
    public int columns() {
        return columns;
    }

    /** The rows, one after another. */
    public byte[] codes() {
        return codes;
    }

    /** What the values of each row were multiplied by. */
    public float[] factors() {
        return factors;
    }
}
