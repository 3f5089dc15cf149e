package bitnet.cpu;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * A head of int8 codes with one scale a row.
 *
 * @param packed both in the operations' own layout
 * @param descriptor what the operations made of these, if anything
 */
public record Int8Head(int rows, int columns, MemorySegment packed, MemorySegment descriptor) implements Kernels.Head {}
