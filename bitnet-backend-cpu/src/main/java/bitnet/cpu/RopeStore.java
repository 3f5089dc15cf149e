package bitnet.cpu;

import bitnet.spi.Step;

/** Rotates queries and keys by position and stores keys and values. */
@SuppressWarnings("NullAway.Init") // set before each run
final class RopeStore extends RowTask {
    private final RopeRows rope;
    private final StepRows stepRows;
    private int layer;
    private Step step;
    private FloatRows qkv;

    RopeStore(Team team, RopeRows rope, StepRows stepRows) {
        super(team);
        this.rope = rope;
        this.stepRows = stepRows;
    }

    void start(int newLayer, Step newStep, FloatRows newQkv) {
        layer = newLayer;
        step = newStep;
        qkv = newQkv;
        start(step.rows(), qkv.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        team.operations().ropeStore(layer, rope.cosines(), rope.sines(), step, stepRows, begin, end, qkv, scratch);
    }
}
