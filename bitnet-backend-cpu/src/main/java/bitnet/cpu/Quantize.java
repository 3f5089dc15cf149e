package bitnet.cpu;

/** {@code q = quantise(x)}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Quantize extends RowTask {
    private FloatRows x;
    private IntegerRows q;

    Quantize(Team team) {
        super(team);
    }

    void start(FloatRows newX, IntegerRows newQ, int count) {
        x = newX;
        q = newQ;
        start(count, q.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        switch (q) {
            case CodeRows codes -> team.operations().quantize(x, begin, end, codes, scratch);
            case WideRows wide -> team.operations().quantize(x, begin, end, wide, scratch);
        }
    }
}
