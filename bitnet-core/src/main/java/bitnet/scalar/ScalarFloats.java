package bitnet.scalar;

import bitnet.spi.Kernels;
import java.util.Objects;

/** Rows of floats; grows with the steps. */
public final class ScalarFloats implements Kernels.Floats {
    private final ScalarFloats whole;
    private final int from;
    private final int columns;
    private float[] data = {};

    ScalarFloats(int columns) {
        this.whole = this;
        this.from = 0;
        this.columns = columns;
    }

    /** Some columns of other rows. */
    ScalarFloats(ScalarFloats whole, int from, int columns) {
        Objects.checkFromIndexSize(from, columns, whole.columns);
        this.whole = whole;
        this.from = from;
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

    /** The rows, {@link #stride()} apart, the first at {@link #from()}. */
    public float[] data() {
        return whole.data;
    }

    /** Where the first row begins: 0 unless these are some columns of other rows. */
    public int from() {
        return from;
    }

    /** Elements from one row to the next. */
    public int stride() {
        return whole.columns;
    }
}
