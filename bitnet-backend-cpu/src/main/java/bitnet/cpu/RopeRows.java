package bitnet.cpu;

import bitnet.model.Rope;
import bitnet.scalar.RopeTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Cosines and sines of all positions of a step, {@code [position][headDim / 2]} each. They double where they end: a sine and
 * a cosine take about a tenth of a microsecond.
 */
final class RopeRows implements Workers.Task {
    private static final int FIRST = 256;

    private final Rope rope;
    private final int half;
    private final Memory memory;
    private final Workers workers;
    private final int capacity;
    private Arena arena = Arena.ofShared();
    private MemorySegment cosines = MemorySegment.NULL;
    private MemorySegment sines = MemorySegment.NULL;
    private int positions;
    private int filled;

    RopeRows(Rope rope, int capacity, Memory memory, Workers workers) {
        this.rope = rope;
        half = rope.inverseFrequencies().length;
        this.capacity = capacity;
        this.memory = memory;
        this.workers = workers;
    }

    MemorySegment cosines() {
        return cosines;
    }

    MemorySegment sines() {
        return sines;
    }

    long memoryBytes() {
        return cosines.byteSize() + sines.byteSize();
    }

    /** Makes sure of positions 0 to {@code wanted} - 1. */
    @SuppressWarnings("MustBeClosedChecker") // closed when it is replaced, or by close()
    void reserve(int wanted) {
        if (wanted <= positions) {
            return;
        }
        long larger = Math.max(wanted, Math.min(capacity, Math.max(FIRST, 2L * positions)));
        Arena old = arena;
        arena = Arena.ofShared();
        long bytes = larger * half * Float.BYTES;
        MemorySegment moreCosines = memory.allocate(arena, bytes);
        MemorySegment moreSines = memory.allocate(arena, bytes);
        MemorySegment.copy(cosines, 0, moreCosines, 0, cosines.byteSize());
        MemorySegment.copy(sines, 0, moreSines, 0, sines.byteSize());
        cosines = moreCosines;
        sines = moreSines;
        filled = positions;
        positions = (int) larger;
        old.close();
        workers.run(this);
    }

    @Override
    public void run(int worker) {
        int pieces = (positions - filled + RopeTable.PAGE - 1) / RopeTable.PAGE;
        for (int piece = workers.take(pieces); piece >= 0; piece = workers.take(pieces)) {
            int first = filled + piece * RopeTable.PAGE;
            int count = Math.min(RopeTable.PAGE, positions - first);
            float[] rows = RopeTable.rows(rope, first, count);
            for (int row = 0; row < count; row++) {
                long to = (long) (first + row) * half * Float.BYTES;
                MemorySegment.copy(rows, row * 2 * half, cosines, ValueLayout.JAVA_FLOAT, to, half);
                MemorySegment.copy(rows, row * 2 * half + half, sines, ValueLayout.JAVA_FLOAT, to, half);
            }
        }
    }

    void close() {
        arena.close();
    }
}
