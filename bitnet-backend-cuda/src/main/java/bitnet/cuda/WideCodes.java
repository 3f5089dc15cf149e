package bitnet.cuda;

import bitnet.cuda.gen.bitnet_norm_quantize;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Rows of wide activations on the device: two rows of bytes each, {@code [chunk][rows][128]}.
 *
 * @param columns of a row
 * @param stride bytes of a row of bytes, a multiple of a chunk; zero behind the columns
 * @param rows of bytes that there is room for
 * @param codes of all of them
 * @param steps what a code of each row stands for
 */
record WideCodes(int columns, int stride, int rows, MemorySegment codes, MemorySegment steps)
        implements Kernels.Quantized {
    static WideCodes allocate(Gpu gpu, int columns, int maxRows) {
        int stride = DeviceCodes.stride(columns);
        int rows = 2 * DeviceCodes.rows(maxRows);
        return new WideCodes(
                columns,
                stride,
                rows,
                gpu.allocate((long) rows * stride, "the codes of a step"),
                gpu.allocate((long) maxRows * Float.BYTES, "the codes of a step"));
    }

    /** As what a kernel reads or makes. */
    void describe(MemorySegment to) {
        bitnet_norm_quantize.codes(to, codes);
        bitnet_norm_quantize.factors(to, steps);
        bitnet_norm_quantize.columns(to, columns);
        bitnet_norm_quantize.stride(to, stride);
        bitnet_norm_quantize.rows(to, rows);
    }
}
