package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/**
 * Ternary matrices of equal width, stacked.
 *
 * @param scales the weight scale of each row
 * @param packed the weights in the operations' own layout
 * @param descriptor what the operations made of these, if anything
 */
public record PackedTernary(int rows, int columns, MemorySegment scales, MemorySegment packed, MemorySegment descriptor)
        implements PackedMatrix {
    /** Rows are packed and multiplied in blocks of this many. */
    public static final int ROW_BLOCK = 64;

    /** How many blocks are begun by {@code rows}. */
    public static int blocks(int rows) {
        return (rows + ROW_BLOCK - 1) / ROW_BLOCK;
    }
}
