package bitnet.cuda;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * A rotation on the device.
 *
 * @param columns of a row
 * @param block elements that a transform mixes
 * @param factor {@code 1 / sqrt(block)}
 * @param signs floats, one a column
 */
record DeviceHadamard(int columns, int block, float factor, MemorySegment signs) implements Kernels.Hadamard {}
