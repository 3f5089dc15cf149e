package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_delta;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * {@link bitnet.spi.Kernels#deltaNet}: the convolution, lengths of heads, steps of the states, norm and gate. What goes token by token
 * is parallel over channels, columns and sequences; the rest over rows as well.
 *
 * @param layer among those of gated DeltaNet
 */
record DeltaHeads(StepEntries entries, DeltaWeights weights, int layer, float epsilon, DeviceRows mixed, DeviceRows out)
        implements Operation {
    private static final int THREADS = 128;

    /** Heads of a block; {@code WARPS} in {@code delta_heads.cu}. */
    private static final int HEADS = THREADS / 32;

    /** Dimensions of a head whose matrix lies in registers. */
    private static final int IN_REGISTERS = 128;

    /** Whether there are kernels for a shape. */
    static boolean fits(DeltaShape shape, Gpu gpu) {
        return shape.kernel() <= BitnetCuda.BITNET_DELTA_KERNEL() && headBytes(shape) <= gpu.mostShared();
    }

    private static int headBytes(DeltaShape shape) {
        return HEADS * shape.headDim() * Float.BYTES;
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        DeltaShape shape = weights.shape();
        MemorySegment described = argument.of(this::describe);
        int rows = step.rows();
        Grid channels = new Grid(Math.ceilDiv(shape.channels(), THREADS), step.sequences(), 1);
        gpu.launch("delta_convolve", channels, THREADS, 0, described);
        // The two numbers of value heads are one more head.
        Grid heads = new Grid(Math.ceilDiv(2 * shape.keyHeads() + 1, HEADS), rows, 1);
        gpu.launch("delta_prepare", heads, THREADS, headBytes(shape), described);
        String kernel = shape.headDim() == IN_REGISTERS ? "delta_step_128" : "delta_step";
        gpu.launch(kernel, new Grid(shape.valueHeads(), step.sequences(), 1), THREADS, 0, described);
        Grid results = new Grid(Math.ceilDiv(shape.valueHeads(), HEADS), rows, 1);
        gpu.launch("delta_finish", results, THREADS, headBytes(shape), described);
    }

    private MemorySegment describe(Arena arena) {
        DeltaShape shape = weights.shape();
        MemorySegment to = bitnet_delta.allocate(arena);
        bitnet_delta.entries(to, entries.device());
        bitnet_delta.convolution(to, weights.convolution());
        bitnet_delta.time_bias(to, weights.timeBias());
        bitnet_delta.decay(to, weights.decay());
        bitnet_delta.norm(to, weights.norm());
        bitnet_delta.mixed(to, mixed.data());
        bitnet_delta.out(to, out.data());
        bitnet_delta.layer_floats(to, layer * (shape.matrixFloats() + shape.historyFloats()));
        bitnet_delta.key_heads(to, shape.keyHeads());
        bitnet_delta.value_heads(to, shape.valueHeads());
        bitnet_delta.head_dim(to, shape.headDim());
        bitnet_delta.kernel(to, shape.kernel());
        bitnet_delta.mixed_stride(to, mixed.stride());
        bitnet_delta.out_stride(to, out.stride());
        bitnet_delta.grouped(to, weights.grouped() ? 1 : 0);
        bitnet_delta.length(to, AttentionScope.scale(shape.headDim()));
        bitnet_delta.epsilon(to, epsilon);
        return to;
    }

    @Override
    public boolean reads(Object buffer) {
        return mixed.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return out.equals(buffer);
    }
}
