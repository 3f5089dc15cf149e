package bitnet.metal;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Ternary matrices of equal width, stacked, in the layout of the kernels.
 *
 * @param descriptor a {@code bitnet_metal_ternary}
 */
record PackedTernary(int rows, int columns, MemorySegment descriptor) implements Kernels.TernaryMatrix {}
