package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** I2_S with four rows in a byte ({@link I2sLayout#FOUR_ROWS}). */
record I2sFourRows(MemorySegment codes, int rows, int columns) implements TernaryRows {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long PAIR = 0x0303030303030303L;

    @Override
    public void pack(int row, MemorySegment out, long offset) {
        long from = (long) (row / 4) * columns;
        int shift = 6 - row % 4 * 2;
        int whole = columns / TernaryLayout.BLOCK_WEIGHTS;
        for (int block = 0; block < whole; block++) {
            long in = from + (long) block * TernaryLayout.BLOCK_WEIGHTS;
            long to = offset + (long) block * TernaryLayout.BLOCK_BYTES;
            for (int p = 0; p < TernaryLayout.BLOCK_BYTES; p += Long.BYTES) {
                long eight = 0;
                for (int quarter = 0; quarter < 4; quarter++) {
                    long stored = codes.get(LONG, in + quarter * (long) TernaryLayout.BLOCK_BYTES + p);
                    eight = eight << 2 | ((stored >>> shift) & PAIR);
                }
                out.set(LONG, to + p, eight);
            }
        }
        if (whole * TernaryLayout.BLOCK_WEIGHTS < columns) {
            tail(from, shift, whole, out, offset);
        }
    }

    /** The last block of a row, filled up with zeros. */
    private void tail(long from, int shift, int block, MemorySegment out, long offset) {
        for (int p = 0; p < TernaryLayout.BLOCK_BYTES; p++) {
            int packed = 0;
            for (int quarter = 0; quarter < 4; quarter++) {
                int column = block * TernaryLayout.BLOCK_WEIGHTS + quarter * TernaryLayout.BLOCK_BYTES + p;
                int code = column < columns ? (codes.get(JAVA_BYTE, from + column) >> shift) & 3 : 1;
                packed = packed << 2 | code;
            }
            out.set(JAVA_BYTE, offset + (long) block * TernaryLayout.BLOCK_BYTES + p, (byte) packed);
        }
    }
}
