package bitnet.cpu;

import java.lang.foreign.ValueLayout;

/** {@code x = x * factor}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Scale extends RowTask {
    private FloatRows x;
    private float factor;

    Scale(Team team) {
        super(team);
    }

    void start(FloatRows newX, float newFactor, int count) {
        x = newX;
        factor = newFactor;
        start(count, x.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        for (int row = begin; row < end; row++) {
            long from = row * x.stride();
            for (long i = from; i < from + x.columns(); i++) {
                x.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, x.data().getAtIndex(ValueLayout.JAVA_FLOAT, i) * factor);
            }
        }
    }
}
