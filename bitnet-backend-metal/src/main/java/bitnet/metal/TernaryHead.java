package bitnet.metal;

import bitnet.spi.Kernels;

/**
 * A ternary head.
 *
 * @param codes of the outputs that are computed together
 */
record TernaryHead(GroupedTernary matrix, WideRows codes) implements Kernels.Head {}
