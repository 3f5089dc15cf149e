package bitnet.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The rows of a worker's share that can be among the best of an output, for each of several outputs.
 *
 * @param room for so many rows of each output
 * @param best room for the {@value #MOST_WANTED} largest lower bounds of each output, in descending order
 * @param ids room for the rows, ascending
 * @param values room for upper bounds of their logits, or the logits
 * @param descriptor what the operations made of it
 */
public record Candidates(
        int room, MemorySegment best, MemorySegment ids, MemorySegment values, MemorySegment descriptor) {
    /** Rows that cannot be ruled out grow with the number of the best wanted. */
    static final int MOST_WANTED = 256;
    /** For a worker, and for all workers together. Of random logits some thousand rows are left for the best 256. */
    private static final int ROOM = 1024;

    private static final int SHARED_ROOM = 8192;

    static Candidates of(Screening screening, Memory memory, Arena arena, int outputs, int workers) {
        int room = ROOM + SHARED_ROOM / workers;
        MemorySegment best = memory.allocate(arena, (long) outputs * MOST_WANTED * Float.BYTES);
        MemorySegment ids = memory.allocate(arena, (long) outputs * room * Integer.BYTES);
        MemorySegment values = memory.allocate(arena, (long) outputs * room * Float.BYTES);
        return new Candidates(room, best, ids, values, screening.describeCandidates(arena, outputs, best, ids, values));
    }

    /** The lower bound of an output that so many are larger than, or equal to. */
    float best(int output, int rank) {
        return best.getAtIndex(ValueLayout.JAVA_FLOAT, (long) output * MOST_WANTED + rank);
    }

    int id(int output, int i) {
        return ids.getAtIndex(ValueLayout.JAVA_INT, (long) output * room + i);
    }

    float value(int output, int i) {
        return values.getAtIndex(ValueLayout.JAVA_FLOAT, (long) output * room + i);
    }
}
