package bitnet.cpu.vector;

import bitnet.cpu.CodeRows;
import bitnet.cpu.FloatRows;
import bitnet.cpu.PackedTernary;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A ternary product for vectors of one width. Weights lie in blocks of {@link PackedTernary#ROW_BLOCK} rows, and in a block
 * in groups of columns: 64 words of 16 bits, one a row, so that a block is read as one stream.
 */
abstract class TernaryProduct {
    static final int BLOCK = PackedTernary.ROW_BLOCK;
    static final int GROUP_BYTES = BLOCK * Short.BYTES;

    /** Columns in a word. */
    private final int groupColumns;

    TernaryProduct(int groupColumns) {
        this.groupColumns = groupColumns;
    }

    /** The product for the widest vectors here. 512-bit look-ups are emulated, 2000 times slower, where vectors are narrower. */
    static TernaryProduct best() {
        return MultiplyProduct.bits() >= 512 ? new LookupProduct() : new MultiplyProduct();
    }

    /** For messages and reports. */
    abstract String name();

    final int groups(int columns) {
        return Math.ceilDiv(columns, groupColumns);
    }

    final long bytes(int rows, int columns) {
        return (long) PackedTernary.blocks(rows) * groups(columns) * GROUP_BYTES;
    }

    /** Where a block of rows begins. */
    final long blockOffset(int block, int columns) {
        return (long) block * groups(columns) * GROUP_BYTES;
    }

    /** 16-bit lanes of a vector. */
    abstract int lanes();

    /** Bytes that {@link #prepare} needs for rows of so many columns. */
    abstract long inputBytes(int columns);

    /** Tokens that {@link #multiply} takes at a time. */
    static final int TOKENS = 4;

    /** The word of some codes 0, 1, 2: {@code groupColumns} of them from {@code from} on. */
    abstract int word(byte[] codes, int from);

    /** Brings one row of codes 0, 1, 2 into place; {@code codes} is padded by at least a group of ones. */
    final void pack(PackedTernary w, int row, byte[] codes) {
        int groups = groups(w.columns());
        long at = blockOffset(row / BLOCK, w.columns()) + row % BLOCK * (long) Short.BYTES;
        for (int group = 0; group < groups; group++) {
            w.packed().set(ValueLayout.JAVA_SHORT, at + (long) group * GROUP_BYTES, (short)
                    word(codes, group * groupColumns));
        }
    }

    /** Prepares a token's codes for {@link #multiply}. */
    abstract void prepare(CodeRows q, int token, MemorySegment input, long offset);

    /**
     * Sums of one block for up to {@value #TOKENS} tokens, into {@code sums[token]}. Rows stand there vector by vector, of
     * each vector the even ones first. No vector is passed to a method: where the compiler does not inline it, that is an
     * object of 96 bytes.
     *
     * @param input prepared tokens, {@code inputBytes} apart
     * @param panel room for 16-bit sums of {@value #TOKENS} blocks
     */
    abstract void multiply(
            PackedTernary w, int block, MemorySegment input, int tokens, MemorySegment panel, MemorySegment sums);

    /** Where the sum of a row of a block stands. */
    private static int place(int row, int lanes) {
        int lane = row % lanes;
        return row - lane + lane % 2 * (lanes / 2) + lane / 2;
    }

    /** {@code y = sum * (weight scale / activation scale)} for rows of a block. */
    final void store(
            PackedTernary w,
            int block,
            int rowEnd,
            CodeRows q,
            int token,
            FloatRows y,
            boolean add,
            MemorySegment sums,
            long from) {
        float s = q.scales().getAtIndex(ValueLayout.JAVA_FLOAT, token);
        int first = block * BLOCK;
        long to = token * y.stride() + first;
        int lanes = lanes();
        for (int i = 0; i < Math.min(BLOCK, rowEnd - first); i++) {
            float product = (float) sums.getAtIndex(ValueLayout.JAVA_INT, from + place(i, lanes))
                    * (w.scales().getAtIndex(ValueLayout.JAVA_FLOAT, first + i) / s);
            float old = add ? y.data().getAtIndex(ValueLayout.JAVA_FLOAT, to + i) : 0f;
            y.data().setAtIndex(ValueLayout.JAVA_FLOAT, to + i, add ? old + product : product);
        }
    }
}
