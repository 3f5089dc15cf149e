package bitnet.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Where attention keeps what its chunks came to.
 *
 * @param rows that there is room for at once, row by row
 * @param maxChunks of the longest context
 * @param partial row by row {@code [row][head][chunk][headDim + 2]} floats; by runs as many tiles as fit
 * @param counters {@code [row][head]} blocks that are done, at the first head that they have
 */
record AttentionRoom(int rows, int maxChunks, MemorySegment partial, MemorySegment counters) {
    /** What does not fit goes in several launches. */
    private static final long MOST_BYTES = Long.getLong("bitnet.cuda.room", 80L) << 20;

    static AttentionRoom allocate(Gpu gpu, CacheShape shape, int contextLength, int maxRows) {
        int maxChunks = Math.ceilDiv(contextLength, CacheShape.PAGE);
        long rowBytes =
                (long) shape.config().heads() * maxChunks * (shape.config().headDim() + 2) * Float.BYTES;
        int rows = Math.clamp(MOST_BYTES / rowBytes, 1, Math.min(maxRows, TernaryMatmul.FEW_TOKENS));
        long bytes = rows * rowBytes;
        int runRows = Attention.mostRunRows(shape, gpu);
        if (runRows > 0) {
            long tiles = (long) Math.ceilDiv(maxRows, runRows) * shape.config().kvHeads();
            long tileBytes = Attention.tileBytes(shape, maxChunks);
            bytes = Math.max(bytes, Math.max(tileBytes, Math.min(MOST_BYTES, tiles * tileBytes)));
        }
        return new AttentionRoom(
                rows,
                maxChunks,
                gpu.allocate(bytes, "attention"),
                gpu.allocate((long) rows * shape.config().heads() * Integer.BYTES, "attention"));
    }
}
