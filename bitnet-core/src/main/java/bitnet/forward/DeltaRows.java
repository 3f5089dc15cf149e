package bitnet.forward;

import bitnet.model.ActivationPrecision;
import bitnet.model.DeltaShape;
import bitnet.spi.Kernels;
import java.util.EnumMap;
import java.util.Map;

/** The rows that layers of gated DeltaNet share. */
final class DeltaRows {
    private final Kernels kernels;
    private final DeltaShape shape;
    private final Kernels.Floats mixed;
    private final Kernels.Floats alpha;
    private final Kernels.Floats beta;
    private final Kernels.Floats out;
    private final Map<ActivationPrecision, Kernels.Quantized> codes = new EnumMap<>(ActivationPrecision.class);

    DeltaRows(DeltaShape shape, Kernels kernels) {
        this.kernels = kernels;
        this.shape = shape;
        int projected = shape.channels() + shape.valueWidth();
        mixed = kernels.floats(projected + 2 * shape.valueHeads());
        alpha = kernels.part(mixed, projected, shape.valueHeads());
        beta = kernels.part(mixed, projected + shape.valueHeads(), shape.valueHeads());
        out = kernels.floats(shape.valueWidth());
    }

    /** Queries, keys and values, the gate, and what {@link #alpha()} and {@link #beta()} are parts of. */
    Kernels.Floats mixed() {
        return mixed;
    }

    Kernels.Floats alpha() {
        return alpha;
    }

    Kernels.Floats beta() {
        return beta;
    }

    /** The result before its projection. */
    Kernels.Floats out() {
        return out;
    }

    /** Codes of the result. */
    Kernels.Quantized codes(ActivationPrecision precision) {
        return codes.computeIfAbsent(precision, p -> kernels.quantized(shape.valueWidth(), p));
    }
}
