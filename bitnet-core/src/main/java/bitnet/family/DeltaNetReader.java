package bitnet.family;

import bitnet.model.DeltaShape;
import bitnet.model.GatedDeltaNet;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import java.util.Objects;

/** Makes the description of a layer of gated DeltaNet. */
final class DeltaNetReader {
    private DeltaNetReader() {}

    static GatedDeltaNet read(
            ModelConfig config, DeltaNames names, String prefix, boolean groupedValues, Weights weights) {
        DeltaShape shape = Objects.requireNonNull(config.delta());
        int hidden = config.hidden();
        Linear output = linear(weights, prefix + names.output(), hidden, shape.valueWidth());
        return new GatedDeltaNet(
                linear(weights, prefix + names.mix(), shape.channels(), hidden),
                linear(weights, prefix + names.gate(), shape.valueWidth(), hidden),
                weights.floats(prefix + names.alpha(), shape.valueHeads(), hidden),
                weights.floats(prefix + names.beta(), shape.valueHeads(), hidden),
                weights.values(prefix + names.convolution(), shape.channels(), shape.kernel()),
                weights.values(prefix + names.timeBias(), 1, shape.valueHeads()),
                weights.decay(prefix + names.decay(), shape.valueHeads()),
                weights.norm(prefix + names.norm(), shape.headDim(), false),
                groupedValues && output.rotation() != null,
                output);
    }

    private static Linear linear(Weights weights, String name, int rows, int columns) {
        return new Linear(weights.matrix(name, rows, columns, false), null, weights.rotation(name));
    }
}
