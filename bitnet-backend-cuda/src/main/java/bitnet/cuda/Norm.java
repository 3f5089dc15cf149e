package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_norm;
import java.lang.foreign.MemorySegment;

/**
 * {@link bitnet.spi.Kernels#norm} and {@link bitnet.spi.Kernels#normAdd}.
 *
 * @param y what the normed rows become, or are added to
 */
record Norm(DeviceRows x, DeviceGain gain, DeviceRows y, float epsilon, boolean adds) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        gpu.launch("rms_norm", new Grid(step.rows(), 1, 1), THREADS, 0, argument.of(arena -> {
            MemorySegment to = bitnet_norm.allocate(arena);
            bitnet_norm.x(to, x.data());
            bitnet_norm.gain(to, gain.weights());
            bitnet_norm.y(to, y.data());
            bitnet_norm.columns(to, x.columns());
            bitnet_norm.epsilon(to, epsilon);
            bitnet_norm.adds(to, adds ? 1 : 0);
            return to;
        }));
    }

    @Override
    public boolean reads(Object buffer) {
        return x.equals(buffer) || (adds && y.equals(buffer));
    }

    @Override
    public boolean overwrites(Object buffer) {
        return !adds && y.equals(buffer);
    }
}
