package bitnet.forward;

import bitnet.model.Activation;
import bitnet.model.GatedFeedForward;
import bitnet.spi.Kernels;
import java.util.List;

/** The operations of a gated feed-forward network. */
final class FeedForwardProgram {
    private final Kernels kernels;
    private final Activation activation;
    private final Projection gateUp;
    private final Projection down;

    /** Gives the network's tensors to the kernels. */
    FeedForwardProgram(GatedFeedForward network, float[] norm, Kernels kernels, Rows rows) {
        this.kernels = kernels;
        activation = network.activation();
        gateUp = Projection.of(
                kernels, norm, rows.hidden(network.gate().activations()), List.of(network.gate(), network.up()));
        down = Projection.of(
                kernels, network.down().inputNorm(), rows.gated(network.down().activations()), List.of(network.down()));
    }

    void run(Rows rows) {
        gateUp.multiply(rows.residual, rows.gateUp);
        kernels.gate(activation, rows.gateUp, rows.gated);
        down.add(rows.gated, rows.residual);
    }
}
