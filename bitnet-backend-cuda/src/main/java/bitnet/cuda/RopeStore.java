package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_rope_store;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#ropeStore}. */
record RopeStore(Rope rope, DeviceRows qkv) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        gpu.launch("rope_store", new Grid(step.rows(), 1, 1), THREADS, 0, argument.of(arena -> {
            MemorySegment to = bitnet_rope_store.allocate(arena);
            rope.describe(bitnet_rope_store.rope(to));
            bitnet_rope_store.qkv(to, qkv.data());
            bitnet_rope_store.stride(to, qkv.columns());
            return to;
        }));
    }

    @Override
    public boolean reads(Object buffer) {
        return qkv.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
