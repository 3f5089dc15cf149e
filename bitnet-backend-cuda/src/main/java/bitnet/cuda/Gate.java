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
    public void launch(Gpu gpu, StepShape step) {
        gpu.launch("gate", new Grid(step.rows(), 1, 1), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_gate.allocate(arena);
            bitnet_gate.gate_up(argument, gateUp.data());
            bitnet_gate.h(argument, h.data());
            bitnet_gate.columns(argument, h.columns());
            bitnet_gate.activation(
                    argument,
                    activation == Activation.SILU ? BitnetCuda.BITNET_SILU() : BitnetCuda.BITNET_SQUARED_RELU());
            return argument;
        });
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
