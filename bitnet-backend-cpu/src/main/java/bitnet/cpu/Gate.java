package bitnet.cpu;

import bitnet.model.Activation;

/** {@code h = activation(gate) * up}. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Gate extends RowTask {
    private Activation activation;
    private FloatRows gateUp;
    private FloatRows h;

    Gate(Team team) {
        super(team);
    }

    void start(Activation newActivation, FloatRows newGateUp, FloatRows newH, int count) {
        activation = newActivation;
        gateUp = newGateUp;
        h = newH;
        start(count, gateUp.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        team.operations().gate(activation, gateUp, begin, end, h, scratch);
    }
}
