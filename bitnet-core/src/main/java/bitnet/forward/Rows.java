package bitnet.forward;

import bitnet.model.ActivationPrecision;
import bitnet.model.Attention;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.spi.Kernels;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rows that all layers share: what one leaves is what the next begins with, or is overwritten. */
final class Rows {
    final Kernels.Floats residual;
    final Kernels.Floats qkv;
    final Kernels.Floats attended;
    final Kernels.Floats gateUp;
    final Kernels.Floats gated;
    /** Normed rows of the model's width, or what is to be normed before it is added. */
    final Kernels.Floats normed;

    private final Kernels kernels;
    private final ModelConfig config;
    private Kernels.@Nullable Floats turned;
    private @Nullable DeltaRows delta;
    private final Map<ActivationPrecision, Kernels.Quantized> hidden = new EnumMap<>(ActivationPrecision.class);
    private final Map<ActivationPrecision, Kernels.Quantized> heads = new EnumMap<>(ActivationPrecision.class);
    private final Map<ActivationPrecision, Kernels.Quantized> inner = new EnumMap<>(ActivationPrecision.class);

    Rows(Transformer model, Kernels kernels) {
        this.config = model.config();
        this.kernels = kernels;
        boolean hasGate = model.layers().stream()
                .anyMatch(layer -> layer.mixer() instanceof Attention attention && attention.gate() != null);
        int gate = hasGate ? config.queryWidth() : 0;
        residual = kernels.floats(config.hidden());
        qkv = kernels.floats(config.queryWidth() + 2 * config.kvWidth() + gate);
        attended = kernels.floats(config.queryWidth());
        gateUp = kernels.floats(2 * config.feedForward());
        gated = kernels.floats(config.feedForward());
        normed = kernels.floats(config.hidden());
    }

    /** Rotated rows of the model's width. */
    Kernels.Floats turned() {
        if (turned == null) {
            turned = kernels.floats(config.hidden());
        }
        return turned;
    }

    /** Rows of layers of gated DeltaNet. */
    DeltaRows delta() {
        if (delta == null) {
            delta = new DeltaRows(Objects.requireNonNull(config.delta()), kernels);
        }
        return delta;
    }

    /** Codes of the residual. */
    Kernels.Quantized hidden(ActivationPrecision precision) {
        return hidden.computeIfAbsent(precision, p -> kernels.quantized(config.hidden(), p));
    }

    /** Codes of what attention made. */
    Kernels.Quantized attended(ActivationPrecision precision) {
        return heads.computeIfAbsent(precision, p -> kernels.quantized(config.queryWidth(), p));
    }

    /** Codes of what the gate let through. */
    Kernels.Quantized gated(ActivationPrecision precision) {
        return inner.computeIfAbsent(precision, p -> kernels.quantized(config.feedForward(), p));
    }
}
