package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/** {@code y = rmsNorm(x) * gain} of all rows, or {@code y = y + rmsNorm(x) * gain}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Norm extends RowTask {
    private final boolean adds;
    private FloatRows x;
    private MemorySegment gain;
    private FloatRows y;

    Norm(Team team, boolean adds) {
        super(team);
        this.adds = adds;
    }

    void start(FloatRows newX, MemorySegment newGain, FloatRows newY, int count) {
        x = newX;
        gain = newGain;
        y = newY;
        start(count, x.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        if (adds) {
            team.operations().normAdd(x, gain, begin, end, y, scratch);
        } else {
            team.operations().norm(x, gain, begin, end, y, scratch);
        }
    }
}
