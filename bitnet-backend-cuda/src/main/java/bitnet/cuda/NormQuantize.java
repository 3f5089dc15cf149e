package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_norm_quantize;
import java.lang.foreign.Arena;
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

    /** Rows from which on a warp has one, and the widest of them, in chunks. */
    private static final int MANY_ROWS = 64;

    private static final int[] WARP_CHUNKS = {8, 16, 24};
    private static final int ROWS_OF_A_BLOCK = 4;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        for (int chunks : WARP_CHUNKS) {
            if (step.rows() >= MANY_ROWS && q.columns() % 4 == 0 && q.columns() <= chunks * PackedTernary.CHUNK) {
                MemorySegment described = argument.of(this::described);
                bitnet_norm_quantize.tokens(described, step.rows());
                Grid blocks = new Grid(Math.ceilDiv(step.rows(), ROWS_OF_A_BLOCK), 1, 1);
                gpu.launch("norm_quantize_" + chunks, blocks, 32 * ROWS_OF_A_BLOCK, 0, described);
                return;
            }
        }
        // A thread has four neighbouring values at a time; a stride is a multiple of 32 of those.
        int threads = Math.clamp(q.stride() / 4, FEWEST_THREADS, MOST_THREADS);
        Grid blocks = new Grid(step.rows(), 1, 1);
        gpu.launch("norm_quantize", blocks, threads, q.stride() * Float.BYTES, argument.of(this::described));
    }

    private MemorySegment described(Arena arena) {
        MemorySegment to = bitnet_norm_quantize.allocate(arena);
        describe(to);
        return to;
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
