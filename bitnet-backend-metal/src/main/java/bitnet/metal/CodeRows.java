package bitnet.metal;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Rows of codes and their scales.
 *
 * @param descriptor a {@code bitnet_metal_codes}
 */
record CodeRows(int columns, MemorySegment descriptor) implements Kernels.Quantized {}
