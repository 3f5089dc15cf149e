package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_attention_gate;

/**
 * {@link bitnet.spi.Kernels#attentionGate}.
 *
 * @param qkv the gate lies behind queries, keys and values
 */
record AttentionGate(CacheShape shape, DeviceRows qkv, DeviceRows out) implements Operation {
    private static final int THREADS = 256;

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        gpu.launch("attention_gate", new Grid(step.rows(), 1, 1), THREADS, 0, argument.of(arena -> {
            int width = shape.config().queryWidth() + 2 * shape.config().kvWidth();
            var to = bitnet_attention_gate.allocate(arena);
            bitnet_attention_gate.gate(to, qkv.part(width, out.columns()).data());
            bitnet_attention_gate.out(to, out.data());
            bitnet_attention_gate.columns(to, out.columns());
            bitnet_attention_gate.gate_stride(to, qkv.stride());
            return to;
        }));
    }

    @Override
    public boolean reads(Object buffer) {
        return qkv.equals(buffer) || out.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
