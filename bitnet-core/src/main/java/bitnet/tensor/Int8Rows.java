package bitnet.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A float table as int8 codes with one scale a row: a weight is nearly the code times the scale.
 *
 * @param rows of the table
 * @param columns of the table
 * @param codes {@code rows * columns} bytes, from -127 to 127, row after row
 * @param scales of the rows
 */
public record Int8Rows(int rows, int columns, MemorySegment codes, float[] scales) {
    /** A row that nowhere exceeds this is zero: the quotients of a smaller one would not be normal numbers. */
    private static final float SMALLEST = 0x1p-64f;
    /** Added and taken away it rounds a float below 2^22 to an integer, half to even; C2 vectorises that, not rint. */
    private static final float ROUND = 0x1.8p23f;
    /** Rows that one task converts. */
    private static final int TASK_ROWS = 64;

    /**
     * Converts a table, on all cores if its memory and the arena's may be touched by them.
     *
     * @param data as a file has it, {@code rows * type.rowBytes(columns)} bytes
     * @param arena takes the codes
     */
    public static Int8Rows of(ElementType type, MemorySegment data, int rows, int columns, Arena arena) {
        MemorySegment codes = arena.allocate((long) rows * columns, 64);
        float[] scales = new float[rows];
        long rowBytes = type.rowBytes(columns);
        // Heap memory may be touched by all threads, but a confined arena's by its owner alone.
        MemorySegment strictest = TernaryConversion.isShared(data) ? codes : data;
        TernaryConversion.tasks(Math.ceilDiv(rows, TASK_ROWS), strictest).forEach(task -> {
            float[] row = new float[columns];
            byte[] rowCodes = new byte[columns];
            int end = (int) Math.min(rows, (task + 1L) * TASK_ROWS);
            for (int r = task * TASK_ROWS; r < end; r++) {
                Dequantize.row(type, data, r * rowBytes, columns, row);
                scales[r] = quantize(row, columns, rowCodes);
                MemorySegment.copy(rowCodes, 0, codes, ValueLayout.JAVA_BYTE, (long) r * columns, columns);
            }
        });
        return new Int8Rows(rows, columns, codes, scales);
    }

    /**
     * Rounds one row.
     *
     * @param w {@code columns} weights
     * @param codes takes as many codes
     * @return the scale, NaN if a weight is not finite
     */
    public static float quantize(float[] w, int columns, byte[] codes) {
        float max = 0;
        for (int i = 0; i < columns; i++) {
            max = Math.max(max, Math.abs(w[i]));
        }
        if (max < SMALLEST) {
            Arrays.fill(codes, 0, columns, (byte) 0);
            return 0;
        }
        if (!(max < Float.POSITIVE_INFINITY)) {
            return Float.NaN;
        }
        float inverse = 127f / max;
        for (int i = 0; i < columns; i++) {
            float rounded = (w[i] * inverse + ROUND) - ROUND;
            codes[i] = (byte) Math.min(127, Math.max(-127, (int) rounded));
        }
        return max / 127f;
    }
}
