package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The packing of Hugging Face's BitNet checkpoints: bytes of {@code [rows / 4, columns]}, where bits {@code 2i} and
 * {@code 2i + 1} of a byte in packed row {@code r} are the code of row {@code r + i * rows / 4} (transformers,
 * {@code integrations/bitnet.py}).
 */
public final class PackedUint8Rows implements TernaryRows {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long PAIRS = 0x0303030303030303L;

    private final MemorySegment data;
    private final int rows;
    private final int columns;

    /**
     * @param data {@code rows / 4 * columns} bytes
     * @param rows a multiple of 4
     * @throws IllegalArgumentException if the data's size is not that of the shape
     */
    public PackedUint8Rows(MemorySegment data, int rows, int columns) {
        if (rows % 4 != 0 || data.byteSize() != (long) rows / 4 * columns) {
            throw new IllegalArgumentException(data.byteSize() + " bytes for " + rows + " by " + columns + " weights");
        }
        this.data = data;
        this.rows = rows;
        this.columns = columns;
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
        int quarter = rows / 4;
        int shift = row / quarter * 2;
        long from = (long) (row % quarter) * columns;
        int whole = columns / TernaryLayout.BLOCK_WEIGHTS * TernaryLayout.BLOCK_WEIGHTS;
        long to = offset;
        for (int column = 0; column < whole; column += TernaryLayout.BLOCK_WEIGHTS) {
            for (int p = 0; p < TernaryLayout.BLOCK_BYTES; p += Long.BYTES) {
                long at = from + column + p;
                out.set(
                        LONG,
                        to + p,
                        (data.get(LONG, at) >>> shift & PAIRS) << 6
                                | (data.get(LONG, at + 32) >>> shift & PAIRS) << 4
                                | (data.get(LONG, at + 64) >>> shift & PAIRS) << 2
                                | (data.get(LONG, at + 96) >>> shift & PAIRS));
            }
            to += TernaryLayout.BLOCK_BYTES;
        }
        if (whole < columns) {
            packRest(from, whole, shift, out, offset);
        }
    }

    private void packRest(long from, int first, int shift, MemorySegment out, long offset) {
        out.asSlice(offset + TernaryLayout.byteOf(first), TernaryLayout.BLOCK_BYTES)
                .fill(TernaryLayout.ZEROS);
        for (int column = first; column < columns; column++) {
            int code = data.get(JAVA_BYTE, from + column) >> shift & 3;
            long at = offset + TernaryLayout.byteOf(column);
            int difference = (code ^ 1) << TernaryLayout.shiftOf(column);
            out.set(JAVA_BYTE, at, (byte) (out.get(JAVA_BYTE, at) ^ difference));
        }
    }
}
