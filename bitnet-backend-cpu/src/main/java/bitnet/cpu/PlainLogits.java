package bitnet.cpu;

import bitnet.spi.Step;
import java.lang.foreign.Arena;

/** All logits, from the head itself. */
@SuppressWarnings("NullAway.Init") // set before each run
final class PlainLogits extends AllLogits {
    private Table table;
    private FloatRows y;

    PlainLogits(Team team, Memory memory, Arena arena, int vocabulary, int maxRows) {
        super(team, memory, arena, vocabulary, maxRows);
    }

    /** For outputs {@code begin} to {@code end} - 1 of the step. */
    void run(Step step, Table newTable, FloatRows newY, int begin, int end) {
        table = newTable;
        y = newY;
        run(step, table.rows(), begin, end);
    }

    @Override
    void rows(int begin, int end, int first, int outputs, FloatRows logits, Scratch scratch) {
        team.operations().logits(table, begin, end, y, first, outputs, logits, scratch);
    }
}
