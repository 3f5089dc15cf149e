package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_hadamard;
import java.lang.foreign.MemorySegment;

/**
 * {@link bitnet.spi.Kernels#rotate} and {@link bitnet.spi.Kernels#rotateBack}.
 *
 * @param y what the rotated rows become; may be {@code x}
 */
record Rotate(DeviceHadamard rotation, DeviceRows x, DeviceRows y, boolean back) implements Operation {
    private static final int THREADS = 256;

    /** Elements of a block of threads, where transforms are shorter. */
    private static final int SPAN = 1024;

    /** Whether a block of threads has room for a transform. */
    static boolean fits(int block, Gpu gpu) {
        return block * Float.BYTES <= gpu.mostShared();
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        int span = Math.min(Math.max(rotation.block(), SPAN), Math.ceilDiv(rotation.columns(), 4) * 4);
        Grid blocks = new Grid(Math.ceilDiv(rotation.columns(), span), step.rows(), 1);
        gpu.launch("hadamard", blocks, THREADS, span * Float.BYTES, argument.of(arena -> {
            MemorySegment to = bitnet_hadamard.allocate(arena);
            bitnet_hadamard.x(to, x.data());
            bitnet_hadamard.y(to, y.data());
            bitnet_hadamard.signs(to, rotation.signs());
            bitnet_hadamard.columns(to, rotation.columns());
            bitnet_hadamard.block(to, rotation.block());
            bitnet_hadamard.span(to, span);
            bitnet_hadamard.back(to, back ? 1 : 0);
            bitnet_hadamard.factor(to, rotation.factor());
            return to;
        }));
    }

    @Override
    public boolean reads(Object buffer) {
        return x.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return y.equals(buffer) && !x.equals(y);
    }
}
