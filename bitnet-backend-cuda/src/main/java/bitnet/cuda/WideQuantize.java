package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_norm_quantize;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link bitnet.spi.Kernels#normQuantize} to wide activations, and {@link bitnet.spi.Kernels#quantize} where there is no gain.
 *
 * @param gain null for no norm
 */
record WideQuantize(DeviceRows x, @Nullable DeviceGain gain, WideCodes q, float epsilon) implements Operation {
    private static final int FEWEST_THREADS = 256;
    private static final int MOST_THREADS = 512;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        launch(gpu, step.rows(), argument);
    }

    /** For the first {@code rows} rows. */
    void launch(Gpu gpu, int rows, KernelArgument argument) {
        // A thread has four neighbouring values at a time; a stride is a multiple of 32 of those.
        int threads = Math.clamp(q.stride() / 4, FEWEST_THREADS, MOST_THREADS);
        gpu.launch("wide_quantize", new Grid(rows, 1, 1), threads, q.stride() * Float.BYTES, argument.of(arena -> {
            MemorySegment to = bitnet_norm_quantize.allocate(arena);
            describe(to);
            return to;
        }));
    }

    /** As a kernel's argument, or as part of one. */
    void describe(MemorySegment to) {
        q.describe(to);
        bitnet_norm_quantize.x(to, x.data());
        bitnet_norm_quantize.gain(to, gain == null ? MemorySegment.NULL : gain.weights());
        bitnet_norm_quantize.epsilon(to, epsilon);
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
