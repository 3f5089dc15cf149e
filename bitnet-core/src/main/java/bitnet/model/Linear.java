package bitnet.model;

import org.jspecify.annotations.Nullable;

/**
 * A linear projection: {@code y = W q(x)}, where {@code q} rounds to the precision that goes with the weights' scales.
 *
 * @param weight outputs by inputs
 * @param inputNorm weights of an RMSNorm of this projection's own input; null where it has none
 * @param rotation that its input goes through after the norm and before it is rounded; null where there is none
 */
public record Linear(
        TernaryTensor weight,
        float @Nullable [] inputNorm,
        @Nullable HadamardRotation rotation) {
    /** @throws IllegalArgumentException if the norm or the rotation has another width than the input */
    public Linear {
        if (inputNorm != null && inputNorm.length != weight.columns()) {
            throw new IllegalArgumentException(
                    weight.name() + " has " + weight.columns() + " inputs, and a norm of " + inputNorm.length);
        }
        if (rotation != null && rotation.signs().length != weight.columns()) {
            throw new IllegalArgumentException(weight.name() + " has " + weight.columns()
                    + " inputs, and a rotation of " + rotation.signs().length);
        }
    }

    /** Without a rotation. */
    public Linear(TernaryTensor weight, float @Nullable [] inputNorm) {
        this(weight, inputNorm, null);
    }

    /** Without a norm of its own. */
    public Linear(TernaryTensor weight) {
        this(weight, null, null);
    }

    /** Without a norm of its own. */
    public static Linear rotated(TernaryTensor weight, @Nullable HadamardRotation rotation) {
        return new Linear(weight, null, rotation);
    }

    /** The precision of its input. */
    public ActivationPrecision activations() {
        return weight.granularity().activations();
    }
}
