package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_output_norm;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#outputNorm}. */
record OutputNorm(StepEntries entries, DeviceRows x, DeviceGain gain, DeviceRows y, float epsilon)
        implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step) {
        if (step.outputs() == 0) {
            return;
        }
        gpu.launch("output_norm", new Grid(step.outputs(), 1, 1), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_output_norm.allocate(arena);
            bitnet_output_norm.entries(argument, entries.device());
            bitnet_output_norm.x(argument, x.data());
            bitnet_output_norm.gain(argument, gain.weights());
            bitnet_output_norm.y(argument, y.data());
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
