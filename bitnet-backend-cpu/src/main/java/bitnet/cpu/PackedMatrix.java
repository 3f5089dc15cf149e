package bitnet.cpu;

import bitnet.spi.Kernels;

/** Ternary matrices of equal width, stacked, in the operations' own layout. */
public sealed interface PackedMatrix extends Kernels.TernaryMatrix permits PackedTernary, GroupedTernary {
    /** Rows of all. */
    int rows();

    /** Weights of a row. */
    int columns();
}
