package bitnet.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** Memory that knows how much of it was asked for. */
final class CountedMemory implements Memory {
    private final Memory source;
    private final AtomicLong bytes = new AtomicLong();

    CountedMemory(Memory source) {
        this.source = source;
    }

    @Override
    public MemorySegment allocate(Arena arena, long count) {
        MemorySegment segment = source.allocate(arena, count);
        bytes.addAndGet(count);
        return segment;
    }

    @Override
    public void forget(MemorySegment part) {
        source.forget(part);
    }

    long bytes() {
        return bytes.get();
    }
}
