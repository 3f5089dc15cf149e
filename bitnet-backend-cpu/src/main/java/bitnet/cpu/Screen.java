package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/**
 * A small copy of a head that bounds each logit from both sides, so that only few rows must be read in full to know the
 * best ones to the bit.
 *
 * @param packed the copy in the operations' own layout
 * @param descriptor what the operations made of it
 * @param input room for a prepared input
 * @param upper room for an upper bound of each row
 * @param ids room for the id of each row that is computed in full
 * @param values room for its logit
 */
public record Screen(
        MemorySegment packed,
        MemorySegment descriptor,
        MemorySegment input,
        MemorySegment upper,
        MemorySegment ids,
        MemorySegment values) {}
