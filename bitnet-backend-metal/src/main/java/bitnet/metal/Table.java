package bitnet.metal;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * An embedding or a head, as its file has it.
 *
 * @param descriptor a {@code bitnet_metal_table}
 */
record Table(int rows, int columns, MemorySegment descriptor) implements Kernels.Embedding, Kernels.Head {}
