package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * ggml's TQ1_0 and TQ2_0: blocks of 256 weights that end with their scale as F16. There a scale belongs to a block, while
 * a BitNet tensor has one: {@link #oddBlock} tells whether the blocks agree.
 */
public abstract sealed class TqRows implements ScaledRows permits Tq1Rows, Tq2Rows {
    /** Weights of a block: two canonical blocks. */
    public static final int BLOCK_WEIGHTS = 256;

    private static final int CANONICAL_BYTES = BLOCK_WEIGHTS / TernaryLayout.BLOCK_WEIGHTS * TernaryLayout.BLOCK_BYTES;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    final MemorySegment data;
    private final int rows;
    private final int columns;
    private final int blockBytes;
    private final long blocks;
    private final float scale;

    TqRows(MemorySegment data, int rows, int columns, int blockBytes) {
        blocks = (long) rows * (columns / BLOCK_WEIGHTS);
        if (columns % BLOCK_WEIGHTS != 0 || data.byteSize() != blocks * blockBytes) {
            throw new IllegalArgumentException(data.byteSize() + " bytes for " + rows + " x " + columns);
        }
        this.data = data;
        this.rows = rows;
        this.columns = columns;
        this.blockBytes = blockBytes;
        this.scale = firstScale();
    }

    /** A matrix in TQ1_0: five weights a byte, 54 bytes a block. */
    public static TqRows tq1(MemorySegment data, int rows, int columns) {
        return new Tq1Rows(data, rows, columns);
    }

    /** A matrix in TQ2_0: four weights a byte, 66 bytes a block. */
    public static TqRows tq2(MemorySegment data, int rows, int columns) {
        return new Tq2Rows(data, rows, columns);
    }

    @Override
    public final int rows() {
        return rows;
    }

    @Override
    public final int columns() {
        return columns;
    }

    /** The scale of the tensor: the first of a block that is not zero; zero if there is none. */
    public final float scale() {
        return scale;
    }

    /** The scale of a block, counted from the tensor's first. */
    public final float scale(long block) {
        return Float.float16ToFloat(data.get(SHORT, (block + 1) * blockBytes - Short.BYTES));
    }

    @Override
    public final int groupColumns() {
        return BLOCK_WEIGHTS;
    }

    @Override
    public final short scale(int row, int group) {
        long block = (long) row * (columns / BLOCK_WEIGHTS) + group;
        return data.get(SHORT, (block + 1) * blockBytes - Short.BYTES);
    }

    /** The first block whose scale is not that of the tensor, if any. A block of zeros may have scale 0, as ggml writes it. */
    public final OptionalLong oddBlock() {
        for (long block = 0; block < blocks; block++) {
            float own = scale(block);
            if (own != scale && !(own == 0 && isZero(block))) {
                return OptionalLong.of(block);
            }
        }
        return OptionalLong.empty();
    }

    @Override
    public final void pack(int row, MemorySegment out, long offset) {
        int count = columns / BLOCK_WEIGHTS;
        long first = (long) row * count;
        for (int block = 0; block < count; block++) {
            packBlock((first + block) * blockBytes, out, offset + (long) block * CANONICAL_BYTES);
        }
    }

    /** Writes the canonical 64 bytes of the block whose data begins at {@code from}. */
    abstract void packBlock(long from, MemorySegment out, long offset);

    private float firstScale() {
        for (long block = 0; block < blocks; block++) {
            float own = scale(block);
            if (own != 0) {
                return own;
            }
        }
        return 0;
    }

    private boolean isZero(long block) {
        byte[] codes = new byte[CANONICAL_BYTES];
        packBlock(block * blockBytes, MemorySegment.ofArray(codes), 0);
        byte[] zeros = new byte[CANONICAL_BYTES];
        Arrays.fill(zeros, TernaryLayout.ZEROS);
        return Arrays.equals(codes, zeros);
    }
}
