package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_output_norm;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** {@link bitnet.spi.Kernels#outputNorm}. */
record OutputNorm(StepEntries entries, DeviceRows x, DeviceGain gain, DeviceRows y, float epsilon)
        implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        launch(gpu, step, 0, step.outputs(), null, false);
    }

    /** With the input of a screened head, or of an int8 head, for the first {@code count} outputs. */
    void launch(Gpu gpu, StepShape step, @Nullable ScreenInput screen, boolean int8, int count) {
        launch(gpu, step, 0, count, screen, int8);
        launch(gpu, step, count, step.outputs() - count, null, false);
    }

    private void launch(Gpu gpu, StepShape step, int first, int outputs, @Nullable ScreenInput screen, boolean int8) {
        if (outputs == 0) {
            return;
        }
        // A row and the gain.
        int shared = 2 * Math.ceilDiv(x.columns(), 4) * 4 * Float.BYTES;
        gpu.launch("output_norm", new Grid(outputs, 1, 1), THREADS, shared, arena -> {
            MemorySegment argument = bitnet_output_norm.allocate(arena);
            bitnet_output_norm.entries(argument, step.kept() ? MemorySegment.NULL : entries.from(first));
            bitnet_output_norm.x(argument, step.kept() ? x.from(first) : x.data());
            bitnet_output_norm.gain(argument, gain.weights());
            bitnet_output_norm.y(argument, y.from(first));
            if (screen != null) {
                screen.describe(bitnet_output_norm.screen(argument), 0, int8);
            }
            bitnet_output_norm.columns(argument, x.columns());
            bitnet_output_norm.epsilon(argument, epsilon);
            return argument;
        });
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
