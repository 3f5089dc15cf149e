package bitnet.cuda;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Rows of floats on the device, one behind the other.
 *
 * @param data room for the most rows of a step
 * @param columns of a row
 */
record DeviceRows(MemorySegment data, int columns) implements Kernels.Floats {
    /** The rows from {@code row} on. */
    MemorySegment from(int row) {
        return data.asSlice((long) row * columns * Float.BYTES);
    }
}
