package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/**
 * A small copy of a head that bounds each logit from both sides, so that only few rows must be read in full to know the
 * best ones to the bit.
 *
 * @param packed the copy in the operations' own layout
 * @param descriptor what the operations made of it
 * @param input room for the prepared inputs of {@link ScreenedLogits#MOST_OUTPUTS} outputs, or of all a step can have
 */
public record Screen(MemorySegment packed, MemorySegment descriptor, MemorySegment input) {}
