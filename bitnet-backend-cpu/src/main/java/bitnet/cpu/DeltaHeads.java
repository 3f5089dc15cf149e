package bitnet.cpu;

import bitnet.spi.Step;

/** Gated DeltaNet between its projections. The workers take key heads, each with the value heads that go with it. */
@SuppressWarnings("NullAway.Init") // set before each run
final class DeltaHeads implements Workers.Task {
    private final Team team;
    private final StepRows stepRows;
    private int layer;
    private DeltaWeights weights;
    private Step step;
    private FloatRows mixed;
    private FloatRows out;

    DeltaHeads(Team team, StepRows stepRows) {
        this.team = team;
        this.stepRows = stepRows;
    }

    void start(int newLayer, DeltaWeights newWeights, Step newStep, FloatRows newMixed, FloatRows newOut) {
        layer = newLayer;
        weights = newWeights;
        step = newStep;
        mixed = newMixed;
        out = newOut;
        team.workers().run(this);
    }

    @Override
    public void run(int worker) {
        int heads = weights.shape().keyHeads();
        for (int head = team.workers().take(heads);
                head >= 0;
                head = team.workers().take(heads)) {
            team.operations()
                    .deltaNet(layer, weights, step, stepRows, head, head + 1, mixed, out, team.scratch(worker));
        }
    }
}
