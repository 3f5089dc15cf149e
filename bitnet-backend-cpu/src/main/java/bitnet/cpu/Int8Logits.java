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

    /** Makes the head; all workers take part. Of a mapped table what is done with leaves memory at once. */
    static Int8Head pack(Team team, Table table, Memory memory, Arena arena) {
        Operations operations = team.operations();
        MemorySegment packed = memory.allocate(arena, operations.int8HeadBytes(table.rows(), table.columns()));
        Int8Head made = new Int8Head(
                table.rows(),
                table.columns(),
                packed,
                operations.describeInt8Head(arena, table.rows(), table.columns(), packed));
        MemorySegment data = table.source().data();
        long rowBytes = table.source().type().rowBytes(table.columns());
        team.blocks(table.rows(), (begin, end, scratch) -> {
            operations.packInt8Head(made, table, begin, end, scratch);
            if (data.isMapped()) {
                memory.forget(data.asSlice(begin * rowBytes, (end - begin) * rowBytes));
            }
        });
        return made;
    }

    void run(Step step, Int8Head newHead, FloatRows y) {
        head = newHead;
        quantize.start(y, q, step.outputs());
        run(step, head.rows());
    }

    @Override
    void rows(int begin, int end, int first, int outputs, FloatRows logits, Scratch scratch) {
        team.operations().int8Logits(head, begin, end, q, first, outputs, logits, scratch);
    }
}
