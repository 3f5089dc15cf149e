package bitnet.cuda;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Rows of codes on the device.
 *
 * @param columns of a row
 * @param stride bytes of a row, a multiple of a chunk; zero behind the columns
 * @param codes room for the most rows of a step
 * @param factors what each row was multiplied by
 * @param sums of each row's codes
 */
record DeviceCodes(int columns, int stride, MemorySegment codes, MemorySegment factors, MemorySegment sums)
        implements Kernels.Quantized {
    /** Bytes of a row of so many codes. */
    static int stride(int columns) {
        return Math.multiplyExact(Math.ceilDiv(columns, PackedTernary.CHUNK), PackedTernary.CHUNK);
    }
}
