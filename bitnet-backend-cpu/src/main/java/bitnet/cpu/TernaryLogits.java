package bitnet.cpu;

import bitnet.spi.Step;
import java.lang.foreign.Arena;

/** All logits, from a ternary head. */
@SuppressWarnings("NullAway.Init") // set before each run
final class TernaryLogits extends AllLogits {
    private final Quantize quantize;
    private final WideRows q;
    private GroupedTernary head;

    /** @param q room for the codes of a group of outputs, or of every row of a step */
    TernaryLogits(Team team, Memory memory, Arena arena, int vocabulary, int maxRows, WideRows q) {
        super(team, memory, arena, vocabulary, maxRows);
        this.q = q;
        quantize = new Quantize(team);
    }

    /** A group of outputs at a time, whose first one becomes the first row of codes: products have their rows where codes have them. */
    void run(Step step, GroupedTernary newHead, FloatRows y) {
        head = newHead;
        for (int first = 0; first < step.outputs(); first += GROUP) {
            int end = Math.min(first + GROUP, step.outputs());
            quantize.start(first == 0 ? y : new FloatRows(y.row(first), y.columns(), y.stride()), q, end - first);
            run(step, head.rows(), first, end);
        }
    }

    @Override
    void rows(int begin, int end, int first, int outputs, FloatRows logits, Scratch scratch) {
        team.operations().ternaryMatmul(head, begin, end, q, 0, outputs, logits, false, scratch);
    }
}
