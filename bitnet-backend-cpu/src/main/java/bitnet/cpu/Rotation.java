package bitnet.cpu;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * A rotation of rows.
 *
 * @param columns of a row
 * @param block elements that a transform mixes
 * @param factor {@code 1 / sqrt(block)}
 * @param signs floats, one a column
 * @param descriptor what the operations made of it, if anything
 */
public record Rotation(int columns, int block, float factor, MemorySegment signs, MemorySegment descriptor)
        implements Kernels.Hadamard {}
