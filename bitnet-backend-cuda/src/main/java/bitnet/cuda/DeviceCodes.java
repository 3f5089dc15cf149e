package bitnet.cuda;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Rows of codes on the device, {@code [chunk][rows][128]}.
 *
 * @param columns of a row
 * @param stride bytes of a row, a multiple of a chunk; zero behind the columns
 * @param rows that there is room for: those of a step, and so many more that a kernel may read a block of them from any
 * @param codes of all of them
 * @param factors what each row was multiplied by
 * @param sums of each row's codes
 */
record DeviceCodes(int columns, int stride, int rows, MemorySegment codes, MemorySegment factors, MemorySegment sums)
        implements Kernels.Quantized {
    /** Rows that a kernel reads at once, at most. */
    private static final int BLOCK = 128;

    /** Room for so many rows of a step. */
    static int rows(int maxRows) {
        return Math.multiplyExact(Math.ceilDiv(maxRows, BLOCK), BLOCK);
    }

    /** Bytes of a row of so many codes. */
    static int stride(int columns) {
        return Math.multiplyExact(Math.ceilDiv(columns, PackedTernary.CHUNK), PackedTernary.CHUNK);
    }
}
