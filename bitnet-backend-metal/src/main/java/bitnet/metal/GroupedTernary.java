package bitnet.metal;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Ternary matrices with scales of groups, of equal width, stacked, in the layout of the kernels.
 *
 * @param descriptor a {@code bitnet_metal_grouped}
 */
record GroupedTernary(int rows, int columns, MemorySegment descriptor)
        implements Kernels.TernaryMatrix, Kernels.Embedding {}
