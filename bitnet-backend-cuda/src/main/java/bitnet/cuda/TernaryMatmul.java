package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_ternary_matmul;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link bitnet.spi.Kernels#ternaryMatmul} and {@link bitnet.spi.Kernels#ternaryMatmulAdd}, with what was fused with them.
 *
 * @param q the codes; not written where {@code input} makes them
 * @param y what is written; the gate's result if it is fused
 * @param then what becomes of the sums
 * @param rope of the fused rope
 * @param input makes the codes of a single token inside of the kernel; null if they are there
 */
record TernaryMatmul(
        PackedTernary w,
        DeviceCodes q,
        DeviceRows y,
        Then then,
        @Nullable Rope rope,
        @Nullable NormQuantize input) implements Operation {
    /** Tokens up to which a block has all of a row of the matrix, and all tokens. */
    static final int FEW_TOKENS = 32;

    private static final int FEW_WARPS = 20;
    /** Warps of a block of four tiles, whose sums take more registers. */
    private static final int FEW_WARPS_OF_FOUR = 10;

    private static final int MOST_FEW_SUMS_OF_FOUR = 8;
    private static final int MANY_THREADS = 256;
    private static final int MANY_TILES = 8;
    private static final int MANY_TOKENS = 64;
    /** Where {@code ternary_matmul_warpgroup} runs. */
    private static final int WARPGROUPS = 90;

    /** Of a block of one token; with 20 it takes as long on an H200. */
    private static final int MOST_WARPS = 10;

    private static final int FEWEST_WARPS = 8;
    /** Tiles whose pairs of outputs have a thread each. */
    private static final int MOST_TILES = MOST_WARPS * 32 / (RowOrder.TILE / 2);
    /** What a block of one token keeps of a pair of outputs; {@code Outputs} in {@code epilogue.h}. */
    private static final int OUTPUTS_BYTES = 64;

    /** What becomes of the sums. */
    enum Then {
        STORE(BitnetCuda.BITNET_STORE()),
        ADD(BitnetCuda.BITNET_ADD()),
        SQUARED_RELU(BitnetCuda.BITNET_GATE_SQUARED_RELU()),
        SILU(BitnetCuda.BITNET_GATE_SILU()),
        ROPE(BitnetCuda.BITNET_ROPE());

        private final int code;

        Then(int code) {
            this.code = code;
        }

        /** As kernels call it. */
        int code() {
            return code;
        }
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        if (input != null) {
            launchOne(gpu, step, argument);
        } else if (step.rows() <= FEW_TOKENS) {
            launchFew(gpu, step, argument);
        } else if (gpu.device().capability() == WARPGROUPS) {
            launchWarpgroups(gpu, step, argument);
        } else {
            Grid blocks = new Grid(Math.ceilDiv(w.tiles(), MANY_TILES), Math.ceilDiv(step.rows(), MANY_TOKENS), 1);
            launch(gpu, step, argument, "ternary_matmul_many", blocks, MANY_THREADS, 0, MANY_TILES);
        }
    }

    /** A block a multiprocessor, if shared memory allows: the next kernel's block waits beside it. */
    private void launchOne(Gpu gpu, StepShape step, KernelArgument argument) {
        int processors = gpu.device().multiprocessors();
        int blocks = Math.min(w.tiles(), processors);
        while (oneSharedBytes(Math.ceilDiv(w.tiles(), blocks)) > gpu.mostShared()
                || Math.ceilDiv(w.tiles(), blocks) > MOST_TILES) {
            blocks = Math.min(w.tiles(), blocks + processors);
        }
        int tiles = Math.ceilDiv(w.tiles(), blocks);
        // As many warps as share the chunks evenly, and a thread for each pair of outputs.
        int warps = Math.ceilDiv(w.chunks(), Math.ceilDiv(w.chunks(), MOST_WARPS));
        warps = Math.max(Math.max(FEWEST_WARPS, warps), Math.ceilDiv(tiles * RowOrder.TILE / 2, 32));
        launch(
                gpu,
                step,
                argument,
                "ternary_matmul_1",
                new Grid(blocks, 1, 1),
                32 * warps,
                Math.toIntExact(oneSharedBytes(tiles)),
                tiles);
    }

    /** Two tiles a block, which has a multiprocessor for itself, or else four, two blocks to a multiprocessor. */
    private void launchFew(Gpu gpu, StepShape step, KernelArgument argument) {
        int tokens = 8 * Integer.highestOneBit(2 * Math.ceilDiv(step.rows(), 8) - 1);
        boolean two = Math.ceilDiv(w.tiles(), 2) <= gpu.device().multiprocessors();
        int tiles = two ? 2 : 4;
        int most = two ? FEW_WARPS : tokens == FEW_TOKENS ? MOST_FEW_SUMS_OF_FOUR : FEW_WARPS_OF_FOUR;
        most = Math.min(most, gpu.mostShared() / fewSharedBytes(tokens, tiles));
        // As few as share the chunks evenly.
        int warps = Math.ceilDiv(w.chunks(), Math.ceilDiv(w.chunks(), most));
        launch(
                gpu,
                step,
                argument,
                "ternary_matmul_" + tokens + "x" + tiles,
                new Grid(Math.ceilDiv(w.tiles(), tiles), 1, 1),
                32 * warps,
                warps * fewSharedBytes(tokens, tiles),
                tiles);
    }

    /** Of a warp: codes of two chunks, and later its sums. */
    private static int fewSharedBytes(int tokens, int tiles) {
        return tokens * Math.max(2 * PackedTernary.CHUNK, tiles * RowOrder.TILE * Integer.BYTES);
    }

    private void launchWarpgroups(Gpu gpu, StepShape step, KernelArgument argument) {
        WarpgroupGrid grid = WarpgroupGrid.of(
                w.tiles(), w.chunks(), step.rows(), gpu.device().multiprocessors());
        launch(
                gpu,
                step,
                argument,
                "ternary_matmul_warpgroup_" + grid.tokens(),
                grid.grid(),
                WarpgroupGrid.THREADS,
                grid.sharedBytes(),
                WarpgroupGrid.UNIT_TILES);
    }

    private void launch(
            Gpu gpu,
            StepShape step,
            KernelArgument argument,
            String kernel,
            Grid blocks,
            int threads,
            int sharedBytes,
            int tilesPerBlock) {
        MemorySegment described = argument.of(this::describe);
        bitnet_ternary_matmul.tokens(described, step.rows());
        bitnet_ternary_matmul.tiles_per_block(described, tilesPerBlock);
        gpu.launch(kernel, blocks, threads, sharedBytes, described);
    }

    private MemorySegment describe(Arena arena) {
        MemorySegment to = bitnet_ternary_matmul.allocate(arena);
        w.describe(bitnet_ternary_matmul.w(to));
        if (input == null) {
            NormQuantize.describeCodes(bitnet_ternary_matmul.input(to), q);
        } else {
            input.describe(bitnet_ternary_matmul.input(to));
        }
        if (rope != null) {
            rope.describe(bitnet_ternary_matmul.rope(to));
        }
        bitnet_ternary_matmul.y(to, y.data());
        bitnet_ternary_matmul.y_stride(to, y.stride());
        bitnet_ternary_matmul.epilogue(to, then.code);
        return to;
    }

    /** {@code shared_of} in the kernel of one token. */
    private long oneSharedBytes(int tiles) {
        long row = q.stride() * (2L * Float.BYTES + 1);
        long outputs = (long) tiles * RowOrder.TILE / 2 * OUTPUTS_BYTES;
        long sums = (long) tiles * RowOrder.TILE * MOST_WARPS * Integer.BYTES;
        return PackedTernary.unitBytes(tiles, w.columns()) + row + outputs + sums;
    }

    /** With the codes of a single token made inside, if there is room for that. */
    @Nullable
    TernaryMatmul with(NormQuantize norm, Gpu gpu) {
        TernaryMatmul fused = new TernaryMatmul(w, q, y, then, rope, norm);
        return fused.oneSharedBytes(1) <= gpu.mostShared() ? fused : null;
    }

    @Override
    public boolean reads(Object buffer) {
        return (input == null ? q.equals(buffer) : input.reads(buffer)) || (then == Then.ADD && y.equals(buffer));
    }

    @Override
    public boolean overwrites(Object buffer) {
        return y.equals(buffer) && then != Then.ADD && then != Then.ROPE;
    }
}
