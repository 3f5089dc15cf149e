package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_norm_quantize;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link bitnet.spi.Kernels#normQuantize}, and {@link bitnet.spi.Kernels#quantize} where there is no gain.
 *
 * @param gain null for no norm
 */
record NormQuantize(DeviceRows x, @Nullable DeviceGain gain, DeviceCodes q, float epsilon) implements Operation {
    private static final int FEWEST_THREADS = 256;
    private static final int MOST_THREADS = 512;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        // A thread has four neighbouring values at a time; a stride is a multiple of 32 of those.
        int threads = Math.clamp(q.stride() / 4, FEWEST_THREADS, MOST_THREADS);
        gpu.launch(
                "norm_quantize", new Grid(step.rows(), 1, 1), threads, q.stride() * Float.BYTES, argument.of(arena -> {
                    MemorySegment to = bitnet_norm_quantize.allocate(arena);
                    describe(to);
                    return to;
                }));
    }

    /** As a kernel's argument, or as part of one. */
    void describe(MemorySegment to) {
        bitnet_norm_quantize.x(to, x.data());
        bitnet_norm_quantize.gain(to, gain == null ? MemorySegment.NULL : gain.weights());
        describeCodes(to, q);
        bitnet_norm_quantize.epsilon(to, epsilon);
    }

    /** Codes that are there already. */
    static void describeCodes(MemorySegment to, DeviceCodes q) {
        bitnet_norm_quantize.codes(to, q.codes());
        bitnet_norm_quantize.factors(to, q.factors());
        bitnet_norm_quantize.sums(to, q.sums());
        bitnet_norm_quantize.columns(to, q.columns());
        bitnet_norm_quantize.stride(to, q.stride());
        bitnet_norm_quantize.rows(to, q.rows());
    }

    @Override
    public boolean reads(Object buffer) {
        return x.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return q.equals(buffer);
    }
}
