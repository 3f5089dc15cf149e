package bitnet.cuda;

import bitnet.KvType;
import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_attention;
import bitnet.cuda.gen.bitnet_attention_many;
import bitnet.model.AttentionScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#attention}: row by row, with a block a chunk, or by runs of rows that share keys. */
record Attention(
        AttentionRoom room,
        CacheShape shape,
        AttentionScope scope,
        StepEntries entries,
        int layer,
        DeviceRows qkv,
        DeviceRows out)
        implements Operation {
    /** Threads of a query, and queries of a block, where rows are taken one by one; {@code TEAM} in {@code attention.cu}. */
    private static final int TEAM = 64;

    private static final int MOST_TEAMS = 4;
    /** Queries of a tile of a run, threads of its block, and what a thread has of it: {@code attention_many.cu}. */
    private static final int QUERIES = 64;

    private static final int MANY_THREADS = 128;
    private static final int MOST_DIMS = 128;
    private static final int DIMS_AT_ONCE = 4;
    /** Two slabs of keys or values; for each warp's queries two slabs of them, or weights, with gaps that keep banks apart. */
    private static final int MANY_SHARED_BYTES = (2 * 2048 + MANY_THREADS / 32 * CacheShape.PAGE * 24) * Float.BYTES;
    /** Queries of a block that brings chunks together. */
    private static final int COMBINED = 8;
    /** Blocks of a multiprocessor that run at once, about. */
    private static final int BLOCKS_OF_A_PROCESSOR = 4;

    /** Rows of a run that a tile takes at once; 0 if rows must be taken one by one. */
    static int mostRunRows(CacheShape shape, Gpu gpu) {
        boolean fits = shape.config().headDim() <= MOST_DIMS
                && shape.config().headDim() % DIMS_AT_ONCE == 0
                && shape.group() <= QUERIES
                && MANY_SHARED_BYTES <= gpu.mostShared();
        return fits ? QUERIES / shape.group() : 0;
    }

    /** What so many chunks of a tile come to. */
    static long tileBytes(CacheShape shape, int chunks) {
        return (long) QUERIES * chunks * (shape.paddedDim() + 2) * Float.BYTES;
    }

    /** Shared memory of a block that takes a row and all queries that share keys. */
    static int rowSharedBytes(CacheShape shape) {
        return rowSharedBytes(shape, shape.group());
    }

    /** {@code Scratch} in the kernel. */
    private static int rowSharedBytes(CacheShape shape, int queries) {
        int scores = Math.min(MOST_TEAMS, queries) * TEAM;
        return shape.tileBytes() + (queries * shape.paddedDim() + scores) * Float.BYTES;
    }

    /** Into how many blocks the queries that share keys are parted: into few where there are many blocks anyway. */
    private int parts(Gpu gpu, int otherBlocks) {
        int parts = 1;
        while (2 * parts <= shape.group() && otherBlocks * parts < gpu.device().multiprocessors()) {
            parts *= 2;
        }
        return otherBlocks * parts < gpu.device().multiprocessors() ? shape.group() : parts;
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        int kvHeads = shape.config().kvHeads();
        String type = shape.kvType() == KvType.F16 ? "f16" : "f32";
        if (step.inRuns()) {
            launchRuns(gpu, step, "attention_many_" + type, argument);
            return;
        }
        int chunks = chunks(step, 1);
        for (int first = 0; first < step.rows(); first += room.rows()) {
            int row = first;
            int rows = Math.min(room.rows(), step.rows() - row);
            int parts = parts(gpu, chunks * kvHeads * rows);
            int queries = Math.ceilDiv(shape.group(), parts);
            int most = Math.max(1, gpu.device().multiprocessors() * BLOCKS_OF_A_PROCESSOR / (kvHeads * parts * rows));
            Grid blocks = new Grid(Math.min(chunks, most), kvHeads * parts, rows);
            int threads = TEAM * Math.min(MOST_TEAMS, queries);
            gpu.launch("attention_" + type, blocks, threads, rowSharedBytes(shape, queries), arena -> {
                MemorySegment described = bitnet_attention.allocate(arena);
                describe(described, step, row);
                return described;
            });
        }
    }

    private void launchRuns(Gpu gpu, StepShape step, String kernel, KernelArgument argument) {
        int chunks = chunks(step, QUERIES / shape.group());
        int all = step.runs() * shape.config().kvHeads();
        int most = Math.clamp(room.partial().byteSize() / tileBytes(shape, chunks), 1, all);
        MemorySegment described = argument.of(this::describeRuns);
        bitnet_attention_many.max_chunks(described, chunks);
        for (int first = 0; first < all; first += most) {
            int tiles = Math.min(most, all - first);
            long softmax = (long) tiles * QUERIES * chunks * shape.paddedDim() * Float.BYTES;
            bitnet_attention_many.softmax(described, room.partial().asSlice(softmax));
            bitnet_attention_many.first_tile(described, first);
            gpu.launch(kernel, new Grid(tiles, chunks, 1), MANY_THREADS, MANY_SHARED_BYTES, described);
            if (chunks > 1) {
                gpu.launch("attention_combine", new Grid(tiles, QUERIES / COMBINED, 1), COMBINED * 32, 0, described);
            }
        }
    }

    private MemorySegment describeRuns(Arena arena) {
        MemorySegment to = bitnet_attention_many.allocate(arena);
        bitnet_attention_many.entries(to, entries.device());
        bitnet_attention_many.q(to, qkv.data());
        bitnet_attention_many.out(to, out.data());
        bitnet_attention_many.partial(to, room.partial());
        shape.describe(bitnet_attention_many.heads(to));
        bitnet_attention_many.layer(to, layer);
        bitnet_attention_many.q_stride(to, qkv.columns());
        bitnet_attention_many.out_stride(to, out.columns());
        bitnet_attention_many.scale(to, scope.scale());
        bitnet_attention_many.window(to, scope.window());
        return to;
    }

    /** Of the longest context, or those that so many queries of neighbouring positions see. */
    private int chunks(StepShape step, int queries) {
        int most = Math.min(step.chunks(), room.maxChunks());
        long positions = (long) scope.window() + queries - 1;
        return (int) Math.min(most, Math.ceilDiv(positions - 1, CacheShape.PAGE) + 1);
    }

    private void describe(MemorySegment to, StepShape step, int row) {
        bitnet_attention.entries(to, entries.from(row));
        bitnet_attention.q(to, qkv.from(row));
        bitnet_attention.out(to, out.from(row));
        bitnet_attention.partial(to, room.partial());
        bitnet_attention.counters(to, room.counters());
        shape.describe(bitnet_attention.heads(to));
        bitnet_attention.layer(to, layer);
        bitnet_attention.q_stride(to, qkv.columns());
        bitnet_attention.out_stride(to, out.columns());
        bitnet_attention.max_chunks(to, room.maxChunks());
        bitnet_attention.scale(to, scope.scale());
        bitnet_attention.window(to, scope.window());
        bitnet_attention.settled(to, step.settled() ? 1 : 0);
    }

    @Override
    public boolean reads(Object buffer) {
        return qkv.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return out.equals(buffer);
    }
}
