package bitnet.cpu;

import bitnet.spi.Step;

/** Rotates queries and keys by position and stores keys and values. */
@SuppressWarnings("NullAway.Init") // set before each run
final class RopeStore extends RowTask {
    private final StepRows stepRows;
    private int layer;
    private RopeRows rope;
    private Step step;
    private FloatRows qkv;

    RopeStore(Team team, StepRows stepRows) {
        super(team);
        this.stepRows = stepRows;
    }

    void start(int newLayer, RopeRows newRope, Step newStep, FloatRows newQkv) {
        layer = newLayer;
        rope = newRope;
        step = newStep;
        qkv = newQkv;
        start(step.rows(), qkv.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        team.operations().ropeStore(layer, rope.cosines(), rope.sines(), step, stepRows, begin, end, qkv, scratch);
    }
}
