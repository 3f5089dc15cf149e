package bitnet.cpu;

import bitnet.model.DeltaShape;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * What a layer of gated DeltaNet has between its projections, in floats.
 *
 * @param convolution {@code [kernel][channels]}, the own token's weights last
 * @param timeBias of each value head
 * @param decay of each value head
 * @param norm of a head of the result
 * @param grouped whether heads of one key head are neighbours in the result
 * @param descriptor what the operations made of it, if anything
 */
public record DeltaWeights(
        DeltaShape shape,
        MemorySegment convolution,
        MemorySegment timeBias,
        MemorySegment decay,
        MemorySegment norm,
        boolean grouped,
        MemorySegment descriptor)
        implements Kernels.DeltaNet {
    DeltaWeights withDescriptor(MemorySegment made) {
        return new DeltaWeights(shape, convolution, timeBias, decay, norm, grouped, made);
    }
}
