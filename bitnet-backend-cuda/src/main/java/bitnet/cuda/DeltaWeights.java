package bitnet.cuda;

import bitnet.model.DeltaShape;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * What a gated DeltaNet has beside its projections, on the device.
 *
 * @param convolution {@code [channel][kernel]}
 * @param grouped whether the heads of the result are grouped by key head
 */
record DeltaWeights(
        DeltaShape shape,
        MemorySegment convolution,
        MemorySegment timeBias,
        MemorySegment decay,
        MemorySegment norm,
        boolean grouped)
        implements Kernels.DeltaNet {}
