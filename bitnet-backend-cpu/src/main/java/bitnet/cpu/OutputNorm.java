package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/** {@code y = rmsNorm(x) * gain}, for the rows that want logits. */
@SuppressWarnings("NullAway.Init") // set before each run
final class OutputNorm extends RowTask {
    private final StepRows step;
    private FloatRows x;
    private MemorySegment gain;
    private FloatRows y;

    OutputNorm(Team team, StepRows step) {
        super(team);
        this.step = step;
    }

    void start(FloatRows newX, MemorySegment newGain, FloatRows newY, int outputs) {
        x = newX;
        gain = newGain;
        y = newY;
        start(outputs, x.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        if (begin < end) {
            team.operations().outputNorm(x, gain, step, begin, end, y, scratch);
        }
    }
}
