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
 * @param groupColumns columns of a group; a multiple of 128
 */
public record AffineRows(int bits, MemorySegment codes, MemorySegment scales, int rows, int columns, int groupColumns)
        implements ScaledRows {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** @throws IllegalArgumentException if sizes disagree with the shape */
    public AffineRows {
        long weights = (long) rows * columns;
        if ((bits != 1 && bits != 2)
                || groupColumns % TernaryLayout.BLOCK_WEIGHTS != 0
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
        int blockBytes = TernaryLayout.BLOCK_WEIGHTS * bits / 8;
        int blocks = columns / TernaryLayout.BLOCK_WEIGHTS;
        long at = (long) row * blocks * blockBytes;
        for (int block = 0; block < blocks; block++, at += blockBytes) {
            long to = offset + (long) block * TernaryLayout.BLOCK_BYTES;
            if (bits == 1) {
                CodeRuns.oneBit(
                        codes.get(CodeRuns.INT, at),
                        codes.get(CodeRuns.INT, at + 4),
                        codes.get(CodeRuns.INT, at + 8),
                        codes.get(CodeRuns.INT, at + 12),
                        out,
                        to);
            } else {
                CodeRuns.twoBits(
                        codes.get(CodeRuns.LONG, at),
                        codes.get(CodeRuns.LONG, at + 8),
                        codes.get(CodeRuns.LONG, at + 16),
                        codes.get(CodeRuns.LONG, at + 24),
                        out,
                        to);
            }
        }
    }
}
