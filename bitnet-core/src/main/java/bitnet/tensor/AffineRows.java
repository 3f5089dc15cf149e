package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * MLX's affine quantisation with one or two bits a weight, of which ternary models use a part: the value is {@code scale * code +
 * bias}, with {@code bias = -scale} for two bits (codes 0 to 3 are -1 to +2) and {@code bias = -scale / 2} for one (codes 0 and 1 are -1
 * and +1 times half of the scale). Rows lie one after another, each in whole 32-bit words, the first code lowest.
 *
 * @param bits 1 or 2
 * @param codes {@code rows * columns * bits / 8} bytes
 * @param scales F16, {@code rows * columns / groupColumns} of them
 * @param groupColumns columns of a group; a multiple of 64
 */
public record AffineRows(int bits, MemorySegment codes, MemorySegment scales, int rows, int columns, int groupColumns)
        implements ScaledRows {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int HALF_BLOCK = TernaryLayout.BLOCK_WEIGHTS / 2;
    /** Two zero weights in each of eight bytes: what fills a block up. */
    private static final long FILLED = 0x0505050505050505L;

    private static final long UPPER = 0xF0F0F0F0F0F0F0F0L;

    /** @throws IllegalArgumentException if sizes disagree with the shape */
    public AffineRows {
        long weights = (long) rows * columns;
        if ((bits != 1 && bits != 2)
                || groupColumns % HALF_BLOCK != 0
                || columns % groupColumns != 0
                || codes.byteSize() != weights * bits / 8
                || scales.byteSize() != weights / groupColumns * Short.BYTES) {
            throw new IllegalArgumentException(codes.byteSize() + " bytes of " + bits + "-bit codes and "
                    + scales.byteSize() + " of scales for " + rows + " x " + columns + " in groups of " + groupColumns);
        }
    }

    @Override
    public short scale(int row, int group) {
        short stored = scales.get(SHORT, ((long) row * (columns / groupColumns) + group) * Short.BYTES);
        return bits == 2 ? stored : Float.floatToFloat16(Float.float16ToFloat(stored) / 2);
    }

    @Override
    public void pack(int row, MemorySegment out, long offset) {
        int halves = columns / HALF_BLOCK;
        int halfBytes = HALF_BLOCK * bits / 8;
        long at = (long) row * halves * halfBytes;
        for (int half = 0; half < halves; half += 2, at += 2L * halfBytes) {
            boolean whole = half + 1 < halves;
            long to = offset + (long) (half / 2) * TernaryLayout.BLOCK_BYTES;
            if (bits == 1) {
                CodeRuns.oneBit(
                        codes.get(CodeRuns.INT, at),
                        codes.get(CodeRuns.INT, at + 4),
                        whole ? codes.get(CodeRuns.INT, at + 8) : 0,
                        whole ? codes.get(CodeRuns.INT, at + 12) : 0,
                        out,
                        to);
                if (!whole) {
                    fill(out, to);
                }
            } else {
                CodeRuns.twoBits(
                        codes.get(CodeRuns.LONG, at),
                        codes.get(CodeRuns.LONG, at + 8),
                        whole ? codes.get(CodeRuns.LONG, at + 16) : CodeRuns.ZEROS,
                        whole ? codes.get(CodeRuns.LONG, at + 24) : CodeRuns.ZEROS,
                        out,
                        to);
            }
        }
    }

    /** One bit has no zeros, so that the second half of the row's last block gets them here. */
    private static void fill(MemorySegment out, long to) {
        for (int i = 0; i < TernaryLayout.BLOCK_BYTES; i += Long.BYTES) {
            out.set(CodeRuns.LONG, to + i, (out.get(CodeRuns.LONG, to + i) & UPPER) | FILLED);
        }
    }
}
