package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_embed;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#embed}. */
record Embed(StepEntries entries, DeviceTable table, DeviceRows x) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step) {
        gpu.launch("embed", new Grid(step.rows(), 1, 1), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_embed.allocate(arena);
            bitnet_embed.table(argument, table.data());
            bitnet_embed.entries(argument, entries.device());
            bitnet_embed.x(argument, x.data());
            bitnet_embed.row_bytes(argument, table.rowBytes());
            bitnet_embed.columns(argument, x.columns());
            bitnet_embed.type(argument, table.typeCode());
            return argument;
        });
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
