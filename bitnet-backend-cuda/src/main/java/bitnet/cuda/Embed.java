package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_embed;
import bitnet.cuda.gen.bitnet_grouped_embed;
import bitnet.spi.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#embed}. */
record Embed(StepEntries entries, Kernels.Embedding table, DeviceRows x) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        Grid rows = new Grid(step.rows(), 1, 1);
        if (table instanceof GroupedTernary ternary) {
            gpu.launch(
                    ternary.kernel("grouped_embed"), rows, THREADS, 0, argument.of(arena -> describe(ternary, arena)));
        } else {
            gpu.launch("embed", rows, THREADS, 0, argument.of(arena -> describe((DeviceTable) table, arena)));
        }
    }

    private MemorySegment describe(DeviceTable table, Arena arena) {
        MemorySegment to = bitnet_embed.allocate(arena);
        bitnet_embed.table(to, table.data());
        bitnet_embed.entries(to, entries.device());
        bitnet_embed.x(to, x.data());
        bitnet_embed.row_bytes(to, table.rowBytes());
        bitnet_embed.columns(to, x.columns());
        bitnet_embed.type(to, table.typeCode());
        return to;
    }

    private MemorySegment describe(GroupedTernary table, Arena arena) {
        MemorySegment to = bitnet_grouped_embed.allocate(arena);
        table.describe(bitnet_grouped_embed.table(to));
        bitnet_grouped_embed.entries(to, entries.device());
        bitnet_grouped_embed.x(to, x.data());
        bitnet_grouped_embed.columns(to, x.columns());
        return to;
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
