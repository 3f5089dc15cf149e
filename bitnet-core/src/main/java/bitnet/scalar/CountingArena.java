package bitnet.scalar;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An arena that knows how much was allocated in it. */
final class CountingArena implements Arena {
    private final Arena arena = Arena.ofShared();
    private long bytes;

    long bytes() {
        return bytes;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment segment = arena.allocate(byteSize, byteAlignment);
        bytes += byteSize;
        return segment;
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        arena.close();
    }
}
