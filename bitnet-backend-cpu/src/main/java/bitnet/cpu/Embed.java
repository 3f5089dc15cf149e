package bitnet.cpu;

import bitnet.spi.Kernels;

/** {@code x = table[token]}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Embed extends RowTask {
    private final StepRows step;
    private Kernels.Embedding table;
    private FloatRows x;

    Embed(Team team, StepRows step) {
        super(team);
        this.step = step;
    }

    void start(Kernels.Embedding newTable, FloatRows newX, int count) {
        table = newTable;
        x = newX;
        start(count, x.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        if (table instanceof GroupedTernary ternary) {
            team.operations().embed(ternary, step, begin, end, x, scratch);
        } else {
            team.operations().embed((Table) table, step, begin, end, x, scratch);
        }
    }
}
