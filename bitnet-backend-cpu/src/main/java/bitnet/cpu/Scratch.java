package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/** What one thread computes in. Operations that need more than memory extend it. */
public class Scratch {
    private final MemorySegment memory;

    /** With memory of the size that the operations ask for. */
    public Scratch(MemorySegment memory) {
        this.memory = memory;
    }

    /** The memory. */
    public final MemorySegment memory() {
        return memory;
    }
}
