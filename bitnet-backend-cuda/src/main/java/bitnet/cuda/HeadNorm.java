package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_head_norm;
import bitnet.cuda.gen.bitnet_rope;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link bitnet.spi.Kernels#headNorm}, and {@link bitnet.spi.Kernels#ropeStore} behind it.
 *
 * @param rope null where queries and keys are normed and nothing else
 */
record HeadNorm(
        CacheShape shape,
        DeviceGain query,
        DeviceGain key,
        DeviceRows qkv,
        float epsilon,
        @Nullable Rope rope) implements Operation {
    /** Heads of a block, a warp each; {@code WARPS} in {@code head_norm.cu}. */
    private static final int HEADS = 4;

    HeadNorm with(Rope then) {
        return new HeadNorm(shape, query, key, qkv, epsilon, then);
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        int kvHeads = shape.config().kvHeads();
        int heads = shape.config().heads() + kvHeads + (rope == null ? 0 : kvHeads);
        int shared = HEADS * shape.config().headDim() * Float.BYTES;
        Grid blocks = new Grid(Math.ceilDiv(heads, HEADS), step.rows(), 1);
        gpu.launch("head_norm", blocks, HEADS * 32, shared, argument.of(arena -> {
            MemorySegment to = bitnet_head_norm.allocate(arena);
            if (rope == null) {
                shape.describe(bitnet_rope.heads(bitnet_head_norm.rope(to)));
            } else {
                rope.describe(bitnet_head_norm.rope(to));
            }
            bitnet_head_norm.qkv(to, qkv.data());
            bitnet_head_norm.query(to, query.weights());
            bitnet_head_norm.key(to, key.weights());
            bitnet_head_norm.stride(to, qkv.columns());
            bitnet_head_norm.epsilon(to, epsilon);
            return to;
        }));
    }

    @Override
    public boolean reads(Object buffer) {
        return qkv.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
