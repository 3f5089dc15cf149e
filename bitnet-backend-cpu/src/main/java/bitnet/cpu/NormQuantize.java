package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/** {@code q = quantise(rmsNorm(x) * gain)}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class NormQuantize extends RowTask {
    private FloatRows x;
    private MemorySegment gain;
    private IntegerRows q;

    NormQuantize(Team team) {
        super(team);
    }

    void start(FloatRows newX, MemorySegment newGain, IntegerRows newQ, int count) {
        x = newX;
        gain = newGain;
        q = newQ;
        start(count, q.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        switch (q) {
            case CodeRows codes -> team.operations().normQuantize(x, gain, begin, end, codes, scratch);
            case WideRows wide -> team.operations().normQuantize(x, gain, begin, end, wide, scratch);
        }
    }
}
