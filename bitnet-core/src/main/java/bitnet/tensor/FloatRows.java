package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Float weights on their way to ternary ones: those that are ternary already, and master weights as BitNet trains them. */
public final class FloatRows implements TernaryRows {
    private static final int HALF = Float.floatToRawIntBits(0.5f);

    private final ElementType type;
    private final MemorySegment data;
    private final int rows;
    private final int columns;
    private final float scale;
    private final float inverse;

    /** @param inverse what to multiply by before rounding, or 0 if every weight must be -scale, 0 or scale */
    private FloatRows(ElementType type, MemorySegment data, int rows, int columns, float scale, float inverse) {
        this.type = type;
        this.data = data;
        this.rows = rows;
        this.columns = columns;
        this.scale = scale;
        this.inverse = inverse;
    }

    /**
     * Weights that are all {@code -s}, 0 or {@code s}: the scale is the magnitude of the first that is not zero. Any other value
     * is packed as code 3.
     *
     * @throws IndexOutOfBoundsException if {@code data} is too small
     */
    public static FloatRows ternary(ElementType type, MemorySegment data, int rows, int columns) {
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            Dequantize.row(type, data, r * type.rowBytes(columns), columns, row);
            for (float weight : row) {
                if (weight != 0) {
                    return new FloatRows(type, data, rows, columns, Math.abs(weight), 0);
                }
            }
        }
        return new FloatRows(type, data, rows, columns, 0, 0);
    }

    /**
     * Master weights, quantised as in training (absmean): {@code s = max(1e-5, mean |w|)}, {@code code = clamp(rint(w * (1 / s)), -1,
     * 1)}, in float. The mean is summed in double, each row by itself and then row after row, so that it does not depend on
     * the number of threads. A NaN makes the scale NaN.
     *
     * @throws IndexOutOfBoundsException if {@code data} is too small
     */
    public static FloatRows absmean(ElementType type, MemorySegment data, int rows, int columns) {
        double[] sums = new double[rows];
        TernaryConversion.tasks(rows, data).forEach(r -> {
            float[] row = new float[columns];
            Dequantize.row(type, data, r * type.rowBytes(columns), columns, row);
            sums[r] = sumOfMagnitudes(row);
        });
        float mean = (float) (Arrays.stream(sums).sequential().reduce(0, Double::sum) / ((double) rows * columns));
        float inverse = 1 / Math.max(1e-5f, mean);
        return new FloatRows(type, data, rows, columns, 1 / inverse, inverse);
    }

    /** By what the codes are multiplied. */
    public float scale() {
        return scale;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void pack(int row, MemorySegment out, long offset) {
        int bytes = (int) TernaryLayout.rowBytes(columns);
        float[] weights = new float[bytes * 4]; // beyond the row, zeros
        Dequantize.row(type, data, row * type.rowBytes(columns), columns, weights);
        byte[] packed = new byte[bytes];
        for (int block = 0; block < bytes; block += TernaryLayout.BLOCK_BYTES) {
            for (int p = 0; p < TernaryLayout.BLOCK_BYTES; p++) {
                int at = block * 4 + p;
                packed[block + p] = (byte) (code(weights[at]) << 6
                        | code(weights[at + 32]) << 4
                        | code(weights[at + 64]) << 2
                        | code(weights[at + 96]));
            }
        }
        MemorySegment.copy(packed, 0, out, JAVA_BYTE, offset, bytes);
    }

    private int code(float weight) {
        if (inverse == 0) {
            return weight == 0 ? 1 : weight == scale ? 2 : weight == -scale ? 0 : 3;
        }
        // clamp(rint(x), -1, 1) + 1: with halves to even, rint(x) is 0 where |x| <= 0.5. Branches on master weights
        // are guesses; without them the whole conversion takes a third of the time.
        int bits = Float.floatToRawIntBits(weight * inverse);
        int isOne = (HALF - (bits & Integer.MAX_VALUE)) >>> 31;
        return 1 + isOne - 2 * (isOne & bits >>> 31);
    }

    /** Four sums that take turns, since one alone waits for every addition. */
    private static double sumOfMagnitudes(float[] row) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int whole = row.length & -4;
        for (int i = 0; i < whole; i += 4) {
            a += Math.abs(row[i]);
            b += Math.abs(row[i + 1]);
            c += Math.abs(row[i + 2]);
            d += Math.abs(row[i + 3]);
        }
        for (int i = whole; i < row.length; i++) {
            a += Math.abs(row[i]);
        }
        return a + b + (c + d);
    }
}
