package bitnet.cuda;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Rows of floats on the device.
 *
 * @param data room for the most rows of a step
 * @param columns of a row
 * @param stride elements from one row to the next; more than {@code columns} where these are some columns of other rows
 */
record DeviceRows(MemorySegment data, int columns, int stride) implements Kernels.Floats {
    /** Rows one behind the other. */
    DeviceRows(MemorySegment data, int columns) {
        this(data, columns, columns);
    }

    /** Some columns of these rows. */
    DeviceRows part(int from, int count) {
        Objects.checkFromIndexSize(from, count, columns);
        return new DeviceRows(data.asSlice((long) from * Float.BYTES), count, stride);
    }

    /** Bytes from one row to the next. */
    long rowBytes() {
        return (long) stride * Float.BYTES;
    }

    /** The rows from {@code row} on. */
    MemorySegment from(int row) {
        return data.asSlice(row * rowBytes());
    }
}
