package bitnet.metal;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Rows of wide codes and their steps.
 *
 * @param descriptor a {@code bitnet_metal_wide}
 */
record WideRows(int columns, MemorySegment descriptor) implements Kernels.Quantized {}
