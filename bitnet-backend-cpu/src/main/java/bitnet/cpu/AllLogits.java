package bitnet.cpu;

import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** All logits of a step: every row of the head is read once for a group of outputs. */
@SuppressWarnings("NullAway.Init") // set before each run
abstract class AllLogits {
    /** Outputs computed together: 8 MB of logits for a vocabulary of 128k. */
    static final int GROUP = 16;
    /** Rows taken at a time, whole blocks of them. */
    private static final int ROWS = 16 * PackedTernary.ROW_BLOCK;

    final Team team;
    private final Arena arena;
    private final Workers.Task compute = this::compute;
    private final Workers.Task deliver = this::deliver;
    private final FloatRows logits;
    private MemorySegment ids = MemorySegment.NULL;
    private MemorySegment values = MemorySegment.NULL;
    private int room;
    private Step step;
    private int rows;
    private int first;
    private int outputs;

    AllLogits(Team team, Memory memory, Arena arena, int vocabulary, int maxRows) {
        this.team = team;
        this.arena = arena;
        long stride = FloatRows.stride(vocabulary);
        MemorySegment data = memory.allocate(arena, Math.min(GROUP, maxRows) * stride * Float.BYTES);
        logits = new FloatRows(data, vocabulary, stride);
    }

    /**
     * Computes logits of rows {@code begin} to {@code end} - 1 for {@code outputs} outputs from {@code first} on; row i of
     * {@code logits} is output first + i.
     */
    abstract void rows(int begin, int end, int first, int outputs, FloatRows logits, Scratch scratch);

    /** Fills the logits of outputs {@code begin} to {@code end} - 1 of the step by a head of so many rows. */
    final void run(Step newStep, int headRows, int begin, int end) {
        step = newStep;
        rows = headRows;
        for (first = begin; first < end; first += GROUP) {
            outputs = Math.min(GROUP, end - first);
            makeRoom();
            team.workers().run(compute);
            team.workers().run(deliver);
        }
    }

    private void makeRoom() {
        int most = 0;
        for (int i = 0; i < outputs; i++) {
            most = Math.max(most, step.target(first + i).top());
        }
        if (most > room) {
            room = most;
            ids = arena.allocate((long) GROUP * room * Integer.BYTES, Memory.ALIGNMENT);
            values = arena.allocate((long) GROUP * room * Float.BYTES, Memory.ALIGNMENT);
        }
    }

    private void compute(int worker) {
        int pieces = (rows + ROWS - 1) / ROWS;
        for (int piece = team.workers().take(pieces);
                piece >= 0;
                piece = team.workers().take(pieces)) {
            int end = Math.min(rows, (piece + 1) * ROWS);
            rows(piece * ROWS, end, first, outputs, logits, team.scratch(worker));
        }
    }

    private void deliver(int worker) {
        for (int i = team.workers().take(outputs); i >= 0; i = team.workers().take(outputs)) {
            Logits target = step.target(first + i);
            if (target.top() == 0) {
                long from = i * logits.stride() * Float.BYTES;
                MemorySegment.copy(logits.data(), ValueLayout.JAVA_FLOAT, from, target.values(), 0, rows);
            } else {
                deliverTop(i, target);
            }
        }
    }

    private void deliverTop(int i, Logits target) {
        long entries = (long) i * room;
        MemorySegment bestIds = ids.asSlice(entries * Integer.BYTES, (long) room * Integer.BYTES);
        MemorySegment bestValues = values.asSlice(entries * Float.BYTES, (long) room * Float.BYTES);
        team.operations().top(logits, i, target.top(), bestIds, bestValues);
        target.reset();
        for (int rank = 0; rank < target.top(); rank++) {
            int id = bestIds.getAtIndex(ValueLayout.JAVA_INT, rank);
            if (id >= 0) {
                target.offer(id, bestValues.getAtIndex(ValueLayout.JAVA_FLOAT, rank));
            }
        }
    }
}
