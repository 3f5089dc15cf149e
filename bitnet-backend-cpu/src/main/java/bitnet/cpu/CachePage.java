package bitnet.cpu;

import bitnet.spi.KvMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Keys and values of {@value KvMemory#PAGE} positions of all layers. */
record CachePage(Arena arena, MemorySegment data) implements KvMemory.Page, AutoCloseable {
    @Override
    public void close() {
        arena.close();
    }
}
