package bitnet.cpu;

import bitnet.spi.Step;
import java.lang.foreign.Arena;

/** All logits, from a ternary head. */
@SuppressWarnings("NullAway.Init") // set before each run
final class TernaryLogits extends AllLogits {
    private final Quantize quantize;
    private final WideRows q;
    private GroupedTernary head;
    private FloatRows y;

    /** @param q room for the codes of every row of a step */
    TernaryLogits(Team team, Memory memory, Arena arena, int vocabulary, int maxRows, WideRows q) {
        super(team, memory, arena, vocabulary, maxRows);
        this.q = q;
        quantize = new Quantize(team);
    }

    void run(Step step, GroupedTernary newHead, FloatRows newY) {
        head = newHead;
        y = newY;
        run(step, head.rows());
    }

    /** Codes of the group's first output become the first row, since products have their rows where codes have theirs. */
    @Override
    void begin(int first, int outputs) {
        quantize.start(first == 0 ? y : new FloatRows(y.row(first), y.columns(), y.stride()), q, outputs);
    }

    @Override
    void rows(int begin, int end, int first, int outputs, FloatRows logits, Scratch scratch) {
        team.operations().ternaryMatmul(head, begin, end, q, 0, outputs, logits, false, scratch);
    }
}
