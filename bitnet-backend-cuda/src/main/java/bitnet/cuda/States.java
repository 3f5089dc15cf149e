package bitnet.cuda;

import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@link bitnet.spi.Kernels#states}: the normed rows themselves, brought to the host.
 *
 * @param pinned room for all rows of a step in the host's memory
 */
record States(DeviceRows y, MemorySegment pinned) implements Operation {
    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        if (step.outputs() > 0) {
            long bytes = y.rowBytes() * step.outputs();
            gpu.stream().download(y.data().asSlice(0, bytes), pinned.asSlice(0, bytes));
            gpu.begin();
        }
    }

    /** Gives the rows, which the host has, to the caller. */
    void deliver(Step step) {
        for (int i = 0; i < step.outputs(); i++) {
            float[] values = step.target(i).values();
            MemorySegment.copy(pinned, ValueLayout.JAVA_FLOAT, i * y.rowBytes(), values, 0, y.columns());
        }
    }

    @Override
    public boolean reads(Object buffer) {
        return y.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
