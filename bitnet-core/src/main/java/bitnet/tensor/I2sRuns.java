package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** I2_S in runs of 128 ({@link I2sLayout#X86}) or 64 ({@link I2sLayout#ARM}) weights that pay no heed to where rows end. */
record I2sRuns(MemorySegment codes, int rows, int columns, int run) implements TernaryRows {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long PAIR = 0x0303030303030303L;

    @Override
    public void pack(int row, MemorySegment out, long offset) {
        if (columns % TernaryLayout.BLOCK_WEIGHTS != 0) {
            recut(row, out, offset);
        } else if (run == TernaryLayout.BLOCK_WEIGHTS) {
            long bytes = TernaryLayout.rowBytes(columns);
            MemorySegment.copy(codes, row * bytes, out, offset, bytes);
        } else {
            joinRuns(row, out, offset);
        }
    }

    /** Two runs of 64 hold the 128 weights of a block: their first and third, and second and fourth, 16 weights interleave. */
    private void joinRuns(int row, MemorySegment out, long offset) {
        long bytes = TernaryLayout.rowBytes(columns);
        long from = row * bytes;
        for (long block = 0; block < bytes; block += TernaryLayout.BLOCK_BYTES) {
            for (int p = 0; p < 16; p += Long.BYTES) {
                long first = codes.get(LONG, from + block + p);
                long second = codes.get(LONG, from + block + 16 + p);
                out.set(
                        LONG,
                        offset + block + p,
                        ((first >>> 6) & PAIR) << 6
                                | ((first >>> 2) & PAIR) << 4
                                | ((second >>> 6) & PAIR) << 2
                                | ((second >>> 2) & PAIR));
                out.set(
                        LONG,
                        offset + block + 16 + p,
                        ((first >>> 4) & PAIR) << 6
                                | (first & PAIR) << 4
                                | ((second >>> 4) & PAIR) << 2
                                | (second & PAIR));
            }
        }
    }

    private void recut(int row, MemorySegment out, long offset) {
        int quarter = run / 4;
        out.asSlice(offset, TernaryLayout.rowBytes(columns)).fill(TernaryLayout.ZEROS);
        long first = (long) row * columns;
        for (int column = 0; column < columns; column++) {
            long i = first + column;
            int four = codes.get(JAVA_BYTE, i / run * quarter + i % quarter);
            int code = (four >> (6 - (int) (i % run / quarter) * 2)) & 3;
            long at = offset + TernaryLayout.byteOf(column);
            int shift = TernaryLayout.shiftOf(column);
            out.set(JAVA_BYTE, at, (byte) ((out.get(JAVA_BYTE, at) & ~(3 << shift)) | code << shift));
        }
    }
}
