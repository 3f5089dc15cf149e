package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_embed;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#embed}. */
record Embed(StepEntries entries, DeviceTable table, DeviceRows x) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        gpu.launch("embed", new Grid(step.rows(), 1, 1), THREADS, 0, argument.of(arena -> {
            MemorySegment to = bitnet_embed.allocate(arena);
            bitnet_embed.table(to, table.data());
            bitnet_embed.entries(to, entries.device());
            bitnet_embed.x(to, x.data());
            bitnet_embed.row_bytes(to, table.rowBytes());
            bitnet_embed.columns(to, x.columns());
            bitnet_embed.type(to, table.typeCode());
            return to;
        }));
    }

    @Override
    public boolean reads(Object buffer) {
        return false;
    }

    @Override
    public boolean overwrites(Object buffer) {
        return x.equals(buffer);
    }
}
