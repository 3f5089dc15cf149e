package bitnet.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Workers with what each of them computes by, and scratch memory for each. */
final class Team {
    private final Operations operations;
    private final Workers workers;
    private final MemorySegment[] scratch;

    Team(Operations operations, Workers workers) {
        this.operations = operations;
        this.workers = workers;
        scratch = new MemorySegment[workers.count()];
    }

    /** Gives each worker so much scratch memory. */
    void allocateScratch(Memory memory, Arena arena, long bytes) {
        for (int worker = 0; worker < scratch.length; worker++) {
            scratch[worker] = memory.allocate(arena, bytes);
        }
    }

    Operations operations() {
        return operations;
    }

    Workers workers() {
        return workers;
    }

    int count() {
        return scratch.length;
    }

    MemorySegment scratch(int worker) {
        return scratch[worker];
    }

    /** Where share {@code part} of {@code parts} equal shares of {@code total} begins; it ends where the next one begins. */
    static int share(int total, int part, int parts) {
        return (int) ((long) total * part / parts);
    }
}
