package bitnet.forward;

import bitnet.model.Attention;
import bitnet.model.AttentionScope;
import bitnet.spi.Kernels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations of an attention layer. */
final class AttentionProgram implements MixerProgram {
    private final Kernels kernels;
    private final int layer;
    private final boolean gated;
    private final boolean last;
    private final Projections qkv;
    private final Kernels.@Nullable Gain queryNorm;
    private final Kernels.@Nullable Gain keyNorm;
    private final Projection output;
    private final Kernels.@Nullable Gain after;

    /**
     * Gives the layer's tensors to the kernels.
     *
     * @param norm of its input
     * @param after of what it adds; null where there is none
     * @param scope the model's usual one
     * @param layer among those that attend
     * @param last whether no layer comes behind it, so that only rows that want logits go on
     */
    AttentionProgram(
            Attention attention,
            float[] norm,
            float @Nullable [] after,
            AttentionScope scope,
            int layer,
            boolean last,
            Kernels kernels,
            Rows rows) {
        this.kernels = kernels;
        this.layer = layer;
        this.last = last;
        gated = attention.gate() != null;
        qkv = Projections.of(kernels, norm, rows, attention.inputs(), rows.qkv);
        Attention.HeadNorms norms = attention.headNorms();
        queryNorm = norms == null ? null : kernels.gain(norms.query());
        keyNorm = norms == null ? null : kernels.gain(norms.key());
        output = Projection.of(
                kernels, rows.attended(attention.output().activations()), null, List.of(attention.output()));
        this.after = after == null ? null : kernels.gain(after);
        if (attention.scope() != null && !attention.scope().equals(scope)) {
            kernels.attends(layer, attention.scope());
        }
    }

    @Override
    public void run(Rows rows) {
        qkv.multiply(rows);
        if (queryNorm != null && keyNorm != null) {
            kernels.headNorm(queryNorm, keyNorm, rows.qkv);
        }
        kernels.ropeStore(layer, rows.qkv);
        kernels.attention(layer, rows.qkv, rows.attended);
        if (gated) {
            kernels.attentionGate(rows.qkv, rows.attended);
        }
        if (last) {
            kernels.keepOutputs(rows.attended, rows.residual);
        }
        output.add(rows.attended, after, rows);
    }
}
