package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/**
 * Rows of wide codes, in 16 bits, padded with zeros to whole blocks.
 *
 * @param columns codes of a row, without padding
 * @param stride codes from one row to the next
 * @param codes the rows
 * @param steps the factor from codes to values of each row
 * @param descriptor what the operations made of these, if anything
 */
public record WideRows(int columns, long stride, MemorySegment codes, MemorySegment steps, MemorySegment descriptor)
        implements IntegerRows {}
