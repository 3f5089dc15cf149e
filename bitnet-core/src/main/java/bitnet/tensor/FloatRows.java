package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Float weights on their way to ternary ones: those that are ternary already, and master weights as BitNet trains them. */
public final class FloatRows implements TernaryRows {
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
        IntStream.range(0, rows).parallel().forEach(r -> {
            float[] row = new float[columns];
            Dequantize.row(type, data, r * type.rowBytes(columns), columns, row);
            for (float weight : row) {
                sums[r] += Math.abs(weight);
            }
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
        float[] weights = new float[columns];
        Dequantize.row(type, data, row * type.rowBytes(columns), columns, weights);
        byte[] packed = new byte[(int) TernaryLayout.rowBytes(columns)];
        Arrays.fill(packed, TernaryLayout.ZEROS);
        for (int column = 0; column < columns; column++) {
            int at = TernaryLayout.byteOf(column);
            packed[at] ^= (byte) ((code(weights[column]) ^ 1) << TernaryLayout.shiftOf(column));
        }
        MemorySegment.copy(packed, 0, out, JAVA_BYTE, offset, packed.length);
    }

    private int code(float weight) {
        if (inverse != 0) {
            float rounded = (float) Math.rint(weight * inverse);
            return rounded >= 1 ? 2 : rounded <= -1 ? 0 : rounded == 0 ? 1 : 3;
        }
        return weight == 0 ? 1 : weight == scale ? 2 : weight == -scale ? 0 : 3;
    }
}
