package bitnet.cpu;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Rows of floats.
 *
 * @param columns floats of a row
 * @param stride floats from one row to the next
 */
public record FloatRows(MemorySegment data, int columns, long stride) implements Kernels.Floats {
    private static final long ALIGNED_FLOATS = Memory.ALIGNMENT / Float.BYTES;

    /** The stride at which every row is aligned. */
    public static long stride(int columns) {
        return (columns + ALIGNED_FLOATS - 1) / ALIGNED_FLOATS * ALIGNED_FLOATS;
    }

    /** Copies a row to the place of another. */
    void move(int from, int to) {
        if (from != to) {
            long bytes = (long) columns * Float.BYTES;
            MemorySegment.copy(data, from * stride * Float.BYTES, data, to * stride * Float.BYTES, bytes);
        }
    }

    /** From the first float of a row to the end of all rows. */
    public MemorySegment row(int row) {
        return data.asSlice(row * stride * Float.BYTES);
    }
}
