package bitnet.cuda;

import bitnet.model.ModelConfig;
import java.lang.foreign.MemorySegment;

/**
 * Where attention row by row keeps what its chunks came to.
 *
 * @param rows that there is room for at once
 * @param maxChunks of the longest context
 * @param partial {@code [row][head][chunk][headDim + 2]} floats
 * @param counters {@code [row][head]} blocks that are done, at the first head that they have
 */
record AttentionRoom(int rows, int maxChunks, MemorySegment partial, MemorySegment counters) {
    /** More rows than these go in several launches. */
    private static final long MOST_BYTES = 64L << 20;

    static AttentionRoom allocate(Gpu gpu, ModelConfig config, int contextLength, int maxRows) {
        int maxChunks = Math.ceilDiv(contextLength, CacheShape.PAGE);
        long rowBytes = (long) config.heads() * maxChunks * (config.headDim() + 2) * Float.BYTES;
        int rows = Math.clamp(MOST_BYTES / rowBytes, 1, Math.min(maxRows, TernaryMatmul.FEW_TOKENS));
        return new AttentionRoom(
                rows,
                maxChunks,
                gpu.allocate(rows * rowBytes, "attention"),
                gpu.allocate((long) rows * config.heads() * Integer.BYTES, "attention"));
    }
}
