package bitnet.cuda;

import bitnet.KvType;
import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_attention;
import java.lang.foreign.MemorySegment;

/** {@link bitnet.spi.Kernels#attention}: row by row, with a block a chunk, or by runs of rows that share keys. */
record Attention(AttentionRoom room, CacheShape shape, StepEntries entries, int layer, DeviceRows qkv, DeviceRows out)
        implements Operation {
    private static final int THREADS = 256;
    /** Threads of a query, and queries of a block, where rows are taken one by one; {@code TEAM} in {@code attention.cu}. */
    private static final int TEAM = 64;

    private static final int MOST_TEAMS = 4;
    /** Queries that a block takes at once in runs; {@code QUERIES} in {@code attention_many.cu}. */
    private static final int QUERIES = 32;
    /** Dimensions that runs can have; {@code MOST_DIMS}. */
    private static final int MOST_DIMS = 128;
    /** Blocks of a multiprocessor that run at once, about. */
    private static final int BLOCKS_OF_A_PROCESSOR = 4;

    /** Rows of a run that a block takes at once; 0 if rows must be taken one by one. */
    static int mostRunRows(CacheShape shape, Gpu gpu) {
        boolean fits = shape.config().headDim() <= MOST_DIMS
                && shape.group() <= QUERIES
                && runSharedBytes(shape) <= gpu.mostShared();
        return fits ? QUERIES / shape.group() : 0;
    }

    private static int runSharedBytes(CacheShape shape) {
        return shape.tileBytes() + QUERIES * shape.paddedDim() * Float.BYTES;
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
    public void launch(Gpu gpu, StepShape step) {
        int kvHeads = shape.config().kvHeads();
        String type = shape.kvType() == KvType.F16 ? "f16" : "f32";
        if (step.inRuns()) {
            Grid blocks = new Grid(step.runs(), kvHeads, 1);
            gpu.launch("attention_many_" + type, blocks, THREADS, runSharedBytes(shape), arena -> {
                MemorySegment argument = bitnet_attention.allocate(arena);
                describe(argument, step, 0);
                return argument;
            });
            return;
        }
        for (int first = 0; first < step.rows(); first += room.rows()) {
            int row = first;
            int rows = Math.min(room.rows(), step.rows() - row);
            int parts = parts(gpu, step.chunks() * kvHeads * rows);
            int queries = Math.ceilDiv(shape.group(), parts);
            int most = Math.max(1, gpu.device().multiprocessors() * BLOCKS_OF_A_PROCESSOR / (kvHeads * parts * rows));
            Grid blocks = new Grid(Math.min(step.chunks(), most), kvHeads * parts, rows);
            int threads = TEAM * Math.min(MOST_TEAMS, queries);
            gpu.launch("attention_" + type, blocks, threads, rowSharedBytes(shape, queries), arena -> {
                MemorySegment argument = bitnet_attention.allocate(arena);
                describe(argument, step, row);
                return argument;
            });
        }
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
        bitnet_attention.scale(to, (float) (1 / Math.sqrt(shape.config().headDim())));
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
