package bitnet.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where large blocks of memory come from. Thread-safe. */
public interface Memory {
    /** The width of the widest vector: no load of one crosses a cache line. */
    int ALIGNMENT = 64;

    /** From the JVM: works everywhere. */
    Memory PLAIN = (arena, bytes) -> arena.allocate(bytes, ALIGNMENT);

    /** Zeroed bytes, aligned to {@value #ALIGNMENT}, that live as long as the arena. */
    MemorySegment allocate(Arena arena, long bytes);

    /** Tells the system that this part of an allocated block is no longer needed. Its content is lost. */
    default void forget(MemorySegment part) {}
}
