package bitnet.cpu;

/** {@code out = out * sigmoid(gate)}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class AttentionGate extends RowTask {
    private FloatRows gate;
    private FloatRows out;

    AttentionGate(Team team) {
        super(team);
    }

    void start(FloatRows newGate, FloatRows newOut, int count) {
        gate = newGate;
        out = newOut;
        start(count, out.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        team.operations().attentionGate(gate, begin, end, out, scratch);
    }
}
