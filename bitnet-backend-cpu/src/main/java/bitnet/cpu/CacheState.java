package bitnet.cpu;

import bitnet.spi.KvMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What a sequence has of all layers of gated DeltaNet, one layer behind the other. */
record CacheState(Arena arena, MemorySegment data) implements KvMemory.State, AutoCloseable {
    @Override
    public void close() {
        arena.close();
    }
}
