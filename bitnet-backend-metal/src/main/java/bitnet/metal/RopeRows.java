package bitnet.metal;

import bitnet.model.Rope;
import bitnet.scalar.RopeTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** Cosines and sines of all positions of a step, {@code [position][headDim]}. They double where they end. */
final class RopeRows {
    private static final int FIRST = 256;

    private final Rope rope;
    private final MetalMemory memory;
    private final int capacity;
    private @Nullable MetalBuffer rows;
    private int positions;

    RopeRows(Rope rope, int capacity, MetalMemory memory) {
        this.rope = rope;
        this.capacity = capacity;
        this.memory = memory;
    }

    /** For the generated bindings. */
    MemorySegment handle() {
        return rows == null ? MemorySegment.NULL : rows.handle();
    }

    /** Positions that are there. */
    int positions() {
        return positions;
    }

    /** Makes sure of positions 0 to {@code wanted} - 1. */
    void reserve(int wanted) {
        if (wanted <= positions) {
            return;
        }
        int larger = (int) Math.max(wanted, Math.min(capacity, Math.max(FIRST, 2L * positions)));
        int width = 2 * rope.inverseFrequencies().length;
        MetalBuffer more = memory.allocate((long) larger * width * Float.BYTES);
        if (rows != null) {
            MemorySegment.copy(rows.data(), 0, more.data(), 0, rows.bytes());
            memory.free(rows);
        }
        for (int from = positions; from < larger; from += RopeTable.PAGE) {
            int count = Math.min(RopeTable.PAGE, larger - from);
            float[] page = RopeTable.rows(rope, from, count);
            MemorySegment.copy(
                    page, 0, more.data(), ValueLayout.JAVA_FLOAT, (long) from * width * Float.BYTES, page.length);
        }
        rows = more;
        positions = larger;
    }
}
