package bitnet.cpu;

/** {@code x = table[token]}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Embed extends RowTask {
    private final StepRows step;
    private Table table;
    private FloatRows x;

    Embed(Team team, StepRows step) {
        super(team);
        this.step = step;
    }

    void start(Table newTable, FloatRows newX, int count) {
        table = newTable;
        x = newX;
        start(count, x.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        team.operations().embed(table, step, begin, end, x, scratch);
    }
}
