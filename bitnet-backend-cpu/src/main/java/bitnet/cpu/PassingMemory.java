package bitnet.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Memory for weights on their way into the operations' layout: one block that all matrices of a model pass through, since new
 * pages for each cost more than reading it. Not thread-safe.
 */
final class PassingMemory implements SegmentAllocator, AutoCloseable {
    private final Memory source;
    private @Nullable Arena arena;
    private MemorySegment block = MemorySegment.NULL;
    private long used;

    PassingMemory(Memory source) {
        this.source = source;
    }

    /** Bytes with any content, until {@link #reset()}. */
    @Override
    @SuppressWarnings("MustBeClosedChecker") // closed with this object
    public MemorySegment allocate(long bytes, long alignment) {
        long begin = Math.ceilDiv(used, Memory.ALIGNMENT) * Memory.ALIGNMENT;
        if (begin + bytes > block.byteSize()) {
            if (arena == null) {
                arena = Arena.ofShared();
            }
            // What was handed out before stays valid, and its block with it.
            block = source.allocate(arena, Math.max(bytes, 2 * block.byteSize()));
            begin = 0;
        }
        used = begin + bytes;
        return block.asSlice(begin, bytes);
    }

    /** Whatever was handed out is no longer needed. */
    void reset() {
        used = 0;
    }

    /** Frees the memory; the next allocation takes new. */
    @Override
    public void close() {
        if (arena != null) {
            arena.close();
            arena = null;
            block = MemorySegment.NULL;
            used = 0;
        }
    }
}
