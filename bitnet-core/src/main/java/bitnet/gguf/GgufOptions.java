package bitnet.gguf;

import bitnet.model.Activation;
import bitnet.tensor.I2sLayout;
import org.jspecify.annotations.Nullable;

/**
 * What a GGUF file does not say about itself.
 *
 * @param i2sLayout how I2_S tensors lie
 * @param activation the gate's activation, or null to go by the architecture; see {@link GgufArchitecture}
 */
public record GgufOptions(I2sLayout i2sLayout, @Nullable Activation activation) {
    /** The x86 layout of I2_S, and the activation of the architecture: right for all published files. */
    public static final GgufOptions DEFAULT = new GgufOptions(I2sLayout.X86, null);

    /** With another layout of I2_S tensors. */
    public GgufOptions withI2sLayout(I2sLayout layout) {
        return new GgufOptions(layout, activation);
    }

    /** With a given activation, or null to go by the architecture. */
    public GgufOptions withActivation(@Nullable Activation other) {
        return new GgufOptions(i2sLayout, other);
    }
}
