package bitnet.metal;

import bitnet.spi.Kernels;

/**
 * Rows of floats, one after the other.
 *
 * @param columns floats of a row
 */
record FloatRows(MetalBuffer buffer, int columns) implements Kernels.Floats {}
