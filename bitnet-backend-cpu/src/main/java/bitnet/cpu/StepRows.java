package bitnet.cpu;

import bitnet.spi.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The step in memory that native code can read.
 *
 * @param tokens int32 of each row
 * @param positions int32 of each row
 * @param pages of each row the address of its cache's page addresses
 * @param states of each row the address of its sequence's state, if sequences have any
 * @param outputs int32: where the rows that want logits are
 * @param descriptor what the operations made of positions and pages, if anything
 */
public record StepRows(
        MemorySegment tokens,
        MemorySegment positions,
        MemorySegment pages,
        MemorySegment states,
        MemorySegment outputs,
        MemorySegment descriptor) {
    /** Room for {@code maxRows} rows, described by the operations. */
    static StepRows allocate(Memory memory, Arena arena, int maxRows, Operations operations) {
        MemorySegment positions = memory.allocate(arena, (long) maxRows * Integer.BYTES);
        MemorySegment pages = memory.allocate(arena, (long) maxRows * Long.BYTES);
        return new StepRows(
                memory.allocate(arena, (long) maxRows * Integer.BYTES),
                positions,
                pages,
                memory.allocate(arena, (long) maxRows * Long.BYTES),
                memory.allocate(arena, (long) maxRows * Integer.BYTES),
                operations.describePositions(arena, positions, pages));
    }

    /** The rows that want logits are the first ones now. */
    void keepOutputs(int count) {
        for (int i = 0; i < count; i++) {
            outputs.setAtIndex(ValueLayout.JAVA_INT, i, i);
        }
    }

    /** Takes over a step. */
    void fill(Step step) {
        for (int row = 0; row < step.rows(); row++) {
            tokens.setAtIndex(ValueLayout.JAVA_INT, row, step.token(row));
            positions.setAtIndex(ValueLayout.JAVA_INT, row, step.position(row));
            PagedCache cache = (PagedCache) step.cache(row);
            pages.setAtIndex(ValueLayout.JAVA_LONG, row, cache.tableAddress());
            states.setAtIndex(ValueLayout.JAVA_LONG, row, cache.state().address());
        }
        for (int i = 0; i < step.outputs(); i++) {
            outputs.setAtIndex(ValueLayout.JAVA_INT, i, step.outputRow(i));
        }
    }
}
