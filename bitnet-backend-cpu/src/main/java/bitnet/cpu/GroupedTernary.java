package bitnet.cpu;

import bitnet.model.ScaleGranularity;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Ternary matrices with scales of groups: to multiply by, as an embedding, or as a head.
 *
 * @param granularity the groups
 * @param packed weights and scales in the operations' own layout
 * @param descriptor what the operations made of these, if anything
 */
public record GroupedTernary(
        int rows, int columns, ScaleGranularity granularity, MemorySegment packed, MemorySegment descriptor)
        implements PackedMatrix, Kernels.Embedding, Kernels.Head {}
