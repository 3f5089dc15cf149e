package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_keep_outputs;
import java.lang.foreign.MemorySegment;

/**
 * {@link bitnet.spi.Kernels#keepOutputs}. What is launched behind it has as many rows as there are outputs; {@link Steps} leaves it
 * out where all rows are outputs.
 */
record KeepOutputs(StepEntries entries, DeviceRows attended, DeviceRows residual) implements Operation {
    private static final int THREADS = 128;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        int widest = Math.max(attended.columns(), residual.columns());
        MemorySegment described = argument.of(arena -> {
            MemorySegment to = bitnet_keep_outputs.allocate(arena);
            bitnet_keep_outputs.entries(to, entries.device());
            bitnet_keep_outputs.rows(to, 0, attended.data());
            bitnet_keep_outputs.rows(to, 1, residual.data());
            bitnet_keep_outputs.columns(to, 0, attended.columns());
            bitnet_keep_outputs.columns(to, 1, residual.columns());
            return to;
        });
        bitnet_keep_outputs.outputs(described, step.outputs());
        gpu.launch("keep_outputs", new Grid(Math.ceilDiv(widest, THREADS), 2, 1), THREADS, 0, described);
    }

    @Override
    public boolean reads(Object buffer) {
        return attended.equals(buffer) || residual.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
