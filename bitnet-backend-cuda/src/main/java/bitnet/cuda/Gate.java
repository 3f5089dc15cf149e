package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_gate;
import bitnet.model.Activation;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#gate}. */
record Gate(Activation activation, DeviceRows gateUp, DeviceRows h) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        gpu.launch("gate", new Grid(step.rows(), 1, 1), THREADS, 0, argument.of(arena -> {
            MemorySegment to = bitnet_gate.allocate(arena);
            bitnet_gate.gate_up(to, gateUp.data());
            bitnet_gate.h(to, h.data());
            bitnet_gate.columns(to, h.columns());
            bitnet_gate.activation(to, code(activation));
            return to;
        }));
    }

    /** As the kernel calls it. */
    private static int code(Activation activation) {
        return switch (activation) {
            case SQUARED_RELU -> BitnetCuda.BITNET_SQUARED_RELU();
            case SILU -> BitnetCuda.BITNET_SILU();
            case GELU_TANH -> BitnetCuda.BITNET_GELU_TANH();
        };
    }

    @Override
    public boolean reads(Object buffer) {
        return gateUp.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return h.equals(buffer);
    }
}
