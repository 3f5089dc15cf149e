package bitnet.cuda;

import bitnet.cuda.gen.bitnet_rope;
import java.lang.foreign.MemorySegment;

/**
 * What it takes to turn queries and keys of a layer, and to store keys and values.
 *
 * @param rows sines and cosines
 * @param shape of the cache
 * @param entries positions and caches
 */
record Rope(RopeRows rows, CacheShape shape, StepEntries entries, int layer) {
    void describe(MemorySegment to) {
        bitnet_rope.entries(to, entries.device());
        bitnet_rope.cosines(to, rows.cosines());
        bitnet_rope.sines(to, rows.sines());
        shape.describe(bitnet_rope.heads(to));
        bitnet_rope.layer(to, layer);
    }
}
