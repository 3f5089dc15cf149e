package bitnet.coreml.export;

import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Ternary codes in the order of weight files: row after row without padding, four to a byte, the first in the lowest bits. */
final class SequentialCodes {
    private static final ValueLayout.OfInt FOUR_BYTES =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int LOW_PAIRS = 0x03030303;

    private SequentialCodes() {}

    /**
     * Appends rows.
     *
     * @param codes in the {@linkplain TernaryLayout canonical layout}
     * @param columns of a row; a multiple of 4
     * @param from the first row
     * @param to the row after the last
     * @param out has room for {@code (to - from) * columns / 4} bytes
     */
    static void append(MemorySegment codes, int columns, int from, int to, ByteBuffer out) {
        long rowBytes = TernaryLayout.rowBytes(columns);
        for (int row = from; row < to; row++) {
            long begin = row * rowBytes;
            for (int column = 0; column < columns; column += TernaryLayout.BLOCK_WEIGHTS) {
                long block = begin + TernaryLayout.byteOf(column);
                int count = Math.min(TernaryLayout.BLOCK_WEIGHTS, columns - column);
                for (int i = 0; i < count; i += 4) {
                    // Four neighbours lie at one shift in four bytes, of which byte t moves down to bits 2t and 2t + 1.
                    int pairs = codes.get(FOUR_BYTES, block + i % 32) >>> TernaryLayout.shiftOf(i) & LOW_PAIRS;
                    out.put((byte) (pairs | pairs >>> 6 | pairs >>> 12 | pairs >>> 18));
                }
            }
        }
    }
}
