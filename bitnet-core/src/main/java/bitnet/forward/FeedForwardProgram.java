package bitnet.forward;

import bitnet.model.Activation;
import bitnet.model.GatedFeedForward;
import bitnet.spi.Kernels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations of a gated feed-forward network. */
final class FeedForwardProgram {
    private final Kernels kernels;
    private final Activation activation;
    private final Projections gateUp;
    private final Projection down;
    private final Kernels.@Nullable Gain after;

    /**
     * Gives the network's tensors to the kernels.
     *
     * @param norm of its input
     * @param after of what it adds; null where there is none
     */
    FeedForwardProgram(GatedFeedForward network, float[] norm, float @Nullable [] after, Kernels kernels, Rows rows) {
        this.kernels = kernels;
        activation = network.activation();
        gateUp = Projections.of(kernels, norm, rows, List.of(network.gate(), network.up()), rows.gateUp);
        down = Projection.of(kernels, rows.gated(network.down().activations()), null, List.of(network.down()));
        this.after = after == null ? null : kernels.gain(after);
    }

    void run(Rows rows) {
        gateUp.multiply(rows);
        kernels.gate(activation, rows.gateUp, rows.gated);
        down.add(rows.gated, after, rows);
    }
}
