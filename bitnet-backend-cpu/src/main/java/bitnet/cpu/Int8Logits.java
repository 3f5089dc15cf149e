package bitnet.cpu;

import bitnet.spi.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** All logits, from an int8 head. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Int8Logits extends AllLogits {
    private final Quantize quantize;
    private final CodeRows q;
    private Int8Head head;

    /** @param q room for the codes of every row of a step */
    Int8Logits(Team team, Memory memory, Arena arena, int vocabulary, int maxRows, CodeRows q) {
        super(team, memory, arena, vocabulary, maxRows);
        this.q = q;
        quantize = new Quantize(team);
    }

    /** What happens to rows from {@code begin} up to {@code end}. */
    @FunctionalInterface
    interface Rows {
        void at(int begin, int end);
    }

    /**
     * Makes the head; all workers take part.
     *
     * @param before called before rows are read
     * @param after called when they are no longer needed
     */
    static Int8Head pack(Team team, Table table, Memory memory, Arena arena, Rows before, Rows after) {
        Operations operations = team.operations();
        MemorySegment packed = memory.allocate(arena, operations.int8HeadBytes(table.rows(), table.columns()));
        Int8Head made = new Int8Head(
                table.rows(),
                table.columns(),
                packed,
                operations.describeInt8Head(arena, table.rows(), table.columns(), packed));
        team.blocks(table.rows(), (begin, end, scratch) -> {
            before.at(begin, end);
            operations.packInt8Head(made, table, begin, end, scratch);
            after.at(begin, end);
        });
        return made;
    }

    void run(Step step, Int8Head newHead, FloatRows y) {
        head = newHead;
        quantize.start(y, q, step.outputs());
        run(step, head.rows(), 0, step.outputs());
    }

    @Override
    void rows(int begin, int end, int first, int outputs, FloatRows logits, Scratch scratch) {
        team.operations().int8Logits(head, begin, end, q, first, outputs, logits, scratch);
    }
}
