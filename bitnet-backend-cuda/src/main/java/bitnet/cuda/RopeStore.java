package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_rope_store;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#ropeStore}. */
record RopeStore(Rope rope, DeviceRows qkv) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step) {
        gpu.launch("rope_store", new Grid(step.rows(), 1, 1), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_rope_store.allocate(arena);
            rope.describe(bitnet_rope_store.rope(argument));
            bitnet_rope_store.qkv(argument, qkv.data());
            bitnet_rope_store.stride(argument, qkv.columns());
            return argument;
        });
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
