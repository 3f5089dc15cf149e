package bitnet.cuda;

import bitnet.cuda.TernaryMatmul.Then;
import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_grouped_matmul;
import bitnet.model.ScaleGranularity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link bitnet.spi.Kernels#ternaryMatmul} and {@link bitnet.spi.Kernels#ternaryMatmulAdd} of matrices with scales of groups, with
 * what was fused with them.
 *
 * @param q the codes; not written where {@code input} makes them
 * @param y what is written; the gate's result if it is fused
 * @param then what becomes of the sums; not the rope
 * @param input makes the codes of a single token inside of the kernel; null if they are there
 */
record GroupedMatmul(
        GroupedTernary w,
        WideCodes q,
        DeviceRows y,
        Then then,
        @Nullable WideQuantize input) implements Operation {
    private static final int CHAINS = 8;

    /** Of the kernel of one token: warps, units of each one's ring, rows that it finishes together. */
    private static final int ONE_WARPS = 2 * CHAINS;

    private static final int RUN = 4;

    /**
     * Runs of a ring. On an H200 a step of Bonsai 8B's shape took 1.66 ms with two, where the next kernel's block has room beside,
     * 1.53 with three and 1.70 with four; where a block has much to read, as of a head, four are best.
     */
    private static final int SLOTS = 3;

    private static final int MORE_SLOTS = 4;
    private static final int MANY_TILES = 32;
    private static final int ONE_ROWS = 256;
    /** Columns that it makes codes of, with a norm and without; {@code NORMED} and {@code OTHER} in the kernel. */
    private static final int MOST_NORMED = 2 * ONE_WARPS * 32 * 4;

    private static final int MOST_OTHER = 6 * ONE_WARPS * 32 * 4;

    /** Tiles and units of a ring where a block has up to so many tokens. */
    private record Few(int tokens, int tiles, int slots) {
        int sharedBytes(int unitBytes) {
            int slotBytes = tiles * unitBytes + 2 * tokens * PackedTernary.CHUNK;
            int sums = tokens * (tiles * RowOrder.TILE + 8) * Float.BYTES;
            return CHAINS * Math.max(slots * slotBytes, sums);
        }
    }

    private static final Few[] FEW = {new Few(4, 2, 6), new Few(8, 2, 4), new Few(16, 2, 2), new Few(32, 2, 2)};

    /** In place of the last where there are tiles enough for all multiprocessors. */
    private static final Few MORE_TILES = new Few(32, 4, 2);

    /** What the kernel of one token needs. */
    private static final int BULK_COPIES = 90;

    /** Where {@code grouped_matmul_warpgroup} runs. */
    private static final int WARPGROUPS = 90;

    GroupedMatmul(GroupedTernary w, WideCodes q, DeviceRows y, Then then) {
        this(w, q, y, then, null);
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        launch(gpu, step.rows(), argument);
    }

    /** For the first {@code rows} rows. */
    void launch(Gpu gpu, int rows, KernelArgument argument) {
        if (input != null) {
            launchOne(gpu, argument);
        } else if (rows > TernaryMatmul.FEW_TOKENS
                && gpu.device().capability() == WARPGROUPS
                && w.granularity() == ScaleGranularity.GROUP_128) {
            GroupedGrid grid = GroupedGrid.of(w.tiles(), rows, gpu.device().multiprocessors());
            launch(gpu, rows, argument, grid.kernel(), grid.grid(), grid.threads(), grid.sharedBytes(), 0);
        } else {
            launchFew(gpu, rows, argument);
        }
    }

    /** A block a multiprocessor; the next kernel's block waits beside it. */
    private void launchOne(Gpu gpu, KernelArgument argument) {
        int blocks = Math.min(w.tiles(), gpu.device().multiprocessors());
        int tiles = Math.ceilDiv(w.tiles(), blocks);
        int slots = tiles < MANY_TILES || oneSharedBytes(MORE_SLOTS) > gpu.mostShared() ? SLOTS : MORE_SLOTS;
        bitnet_grouped_matmul.slots(argument.of(this::describe), slots);
        launch(
                gpu,
                1,
                argument,
                w.kernel("grouped_matmul_1"),
                new Grid(blocks, 1, 1),
                32 * ONE_WARPS,
                oneSharedBytes(slots),
                tiles);
    }

    private void launchFew(Gpu gpu, int rows, KernelArgument argument) {
        int at = 0;
        while (at + 1 < FEW.length
                && FEW[at].tokens() < rows
                && FEW[at + 1].sharedBytes(w.unitBytes()) <= gpu.mostShared()) {
            at++;
        }
        boolean more = at == FEW.length - 1
                && Math.ceilDiv(w.tiles(), 2) > gpu.device().multiprocessors()
                && MORE_TILES.sharedBytes(w.unitBytes()) <= gpu.mostShared();
        Few few = more ? MORE_TILES : FEW[at];
        launch(
                gpu,
                rows,
                argument,
                w.kernel("grouped_matmul_" + few.tokens() + "x" + few.tiles()),
                new Grid(Math.ceilDiv(w.tiles(), few.tiles()), Math.ceilDiv(rows, few.tokens()), 1),
                32 * CHAINS,
                few.sharedBytes(w.unitBytes()),
                few.tiles());
    }

    private void launch(
            Gpu gpu,
            int rows,
            KernelArgument argument,
            String kernel,
            Grid blocks,
            int threads,
            int sharedBytes,
            int tilesPerBlock) {
        MemorySegment described = argument.of(this::describe);
        bitnet_grouped_matmul.tokens(described, rows);
        bitnet_grouped_matmul.tiles_per_block(described, tilesPerBlock);
        gpu.launch(kernel, blocks, threads, sharedBytes, described);
    }

    private MemorySegment describe(Arena arena) {
        MemorySegment to = bitnet_grouped_matmul.allocate(arena);
        w.describe(bitnet_grouped_matmul.w(to));
        if (input == null) {
            q.describe(bitnet_grouped_matmul.input(to));
        } else {
            input.describe(bitnet_grouped_matmul.input(to));
        }
        bitnet_grouped_matmul.y(to, y.data());
        bitnet_grouped_matmul.y_stride(to, y.stride());
        bitnet_grouped_matmul.epilogue(to, then.code());
        return to;
    }

    /** {@code Shared} in the kernel of one token. */
    private int oneSharedBytes(int slots) {
        int sums = 2 * CHAINS * ONE_ROWS * Float.BYTES;
        int gain = input == null || input.gain() == null ? 0 : q.stride() * Float.BYTES;
        return ONE_WARPS * slots * RUN * w.unitBytes() + sums + 2 * q.stride() + gain;
    }

    /** With the codes of a single token made inside, if there is room for that. */
    @Nullable
    GroupedMatmul with(WideQuantize norm, Gpu gpu) {
        GroupedMatmul fused = new GroupedMatmul(w, q, y, then, norm);
        boolean fits = gpu.device().capability() >= BULK_COPIES
                && q.columns() <= (norm.gain() == null ? MOST_OTHER : MOST_NORMED)
                && fused.oneSharedBytes(SLOTS) <= gpu.mostShared();
        return fits ? fused : null;
    }

    /** With the result of the gate in place of its own. */
    GroupedMatmul with(Then gate, DeviceRows h) {
        return new GroupedMatmul(w, q, h, gate, input);
    }

    @Override
    public boolean reads(Object buffer) {
        return (input == null ? q.equals(buffer) : input.reads(buffer)) || (then == Then.ADD && y.equals(buffer));
    }

    @Override
    public boolean overwrites(Object buffer) {
        return y.equals(buffer) && then != Then.ADD;
    }
}
