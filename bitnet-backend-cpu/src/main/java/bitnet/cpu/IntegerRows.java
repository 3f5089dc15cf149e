package bitnet.cpu;

import bitnet.spi.Kernels;

/** Rows of quantised activations. */
public sealed interface IntegerRows extends Kernels.Quantized permits CodeRows, WideRows {
    /** Codes of a row, without padding. */
    int columns();
}
