package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_scale;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#scale}. */
record Scale(DeviceRows x, float factor) implements Operation {
    private static final int THREADS = 256;
    private static final int BLOCKS_OF_A_PROCESSOR = 8;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        MemorySegment described = argument.of(arena -> {
            MemorySegment to = bitnet_scale.allocate(arena);
            bitnet_scale.x(to, x.data());
            bitnet_scale.factor(to, factor);
            return to;
        });
        long count = (long) step.rows() * x.columns();
        bitnet_scale.count(described, count);
        int most = gpu.device().multiprocessors() * BLOCKS_OF_A_PROCESSOR;
        int blocks = (int) Math.min(most, Math.ceilDiv(count, THREADS));
        gpu.launch("scale", new Grid(blocks, 1, 1), THREADS, 0, described);
    }

    @Override
    public boolean reads(Object buffer) {
        return x.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
