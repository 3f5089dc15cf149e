package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/**
 * Rows of int8 codes, padded with zeros to whole blocks.
 *
 * @param columns codes of a row, without padding
 * @param stride codes from one row to the next
 * @param codes the rows
 * @param scales the factor from values to codes of each row
 * @param sums the sum of each row's codes
 * @param descriptor what the operations made of these, if anything
 */
public record CodeRows(
        int columns,
        long stride,
        MemorySegment codes,
        MemorySegment scales,
        MemorySegment sums,
        MemorySegment descriptor)
        implements IntegerRows {}
