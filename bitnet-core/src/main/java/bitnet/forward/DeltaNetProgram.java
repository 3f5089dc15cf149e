package bitnet.forward;

import bitnet.model.GatedDeltaNet;
import bitnet.spi.Kernels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations of a layer of gated DeltaNet. */
final class DeltaNetProgram implements MixerProgram {
    private final Kernels kernels;
    private final int layer;
    private final boolean last;
    private final DeltaRows delta;
    private final Kernels.Gain norm;
    private final Projections mixAndGate;
    private final Kernels.FloatMatrix alpha;
    private final Kernels.FloatMatrix beta;
    private final Kernels.DeltaNet weights;
    private final Projection output;
    private final Kernels.@Nullable Gain after;

    /**
     * Gives the layer's tensors to the kernels.
     *
     * @param norm of its input
     * @param after of what it adds; null where there is none
     * @param layer among those of gated DeltaNet
     * @param last whether no layer comes behind it, so that only rows that want logits go on
     */
    DeltaNetProgram(
            GatedDeltaNet net,
            float[] norm,
            float @Nullable [] after,
            int layer,
            boolean last,
            Kernels kernels,
            Rows rows) {
        this.kernels = kernels;
        this.layer = layer;
        this.last = last;
        delta = rows.delta();
        this.norm = kernels.gain(norm);
        mixAndGate = Projections.ofNormed(kernels, rows, List.of(net.mix(), net.gate()), delta.mixed());
        alpha = kernels.matrix(net.alpha());
        beta = kernels.matrix(net.beta());
        weights = kernels.deltaNet(net);
        output = Projection.of(kernels, delta.codes(net.output().activations()), null, List.of(net.output()));
        this.after = after == null ? null : kernels.gain(after);
    }

    @Override
    public void run(Rows rows) {
        kernels.norm(rows.residual, norm, rows.normed);
        kernels.floatMatmul(alpha, rows.normed, delta.alpha());
        kernels.floatMatmul(beta, rows.normed, delta.beta());
        mixAndGate.multiply(rows);
        kernels.deltaNet(layer, weights, delta.mixed(), delta.out());
        if (last) {
            kernels.keepOutputs(delta.out(), rows.residual);
        }
        output.add(delta.out(), after, rows);
    }
}
