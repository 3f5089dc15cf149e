package bitnet.cpu;

/** {@code q = quantise(x)}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Quantize extends RowTask {
    private FloatRows x;
    private CodeRows q;

    Quantize(Team team) {
        super(team);
    }

    void start(FloatRows newX, CodeRows newQ, int count) {
        x = newX;
        q = newQ;
        start(count, q.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        team.operations().quantize(x, begin, end, q, scratch);
    }
}
