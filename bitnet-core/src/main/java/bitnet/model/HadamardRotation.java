package bitnet.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A rotation that the inputs of a projection go through before they are rounded, because its weights are stored rotated:
 * {@code H(s * x)}, with the normalised Walsh-Hadamard transform {@code H[i][j] = (-1)^popcount(i & j) / sqrt(block)} of each block
 * of neighbours. {@code H} is its own inverse.
 *
 * @param block elements that a transform mixes: a power of two that divides the width
 * @param signs {@code s}: 1 or -1 for each element of the input
 */
public record HadamardRotation(int block, float[] signs) {
    /** @throws IllegalArgumentException if the block is not a power of two, does not divide the width, or a sign is none */
    public HadamardRotation {
        if (block < 1 || Integer.bitCount(block) != 1 || signs.length % block != 0) {
            throw new IllegalArgumentException("blocks of " + block + " for a width of " + signs.length);
        }
        for (float sign : signs) {
            if (sign != 1 && sign != -1) {
                throw new IllegalArgumentException("a sign of " + sign);
            }
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HadamardRotation r && block == r.block && Arrays.equals(signs, r.signs);
    }

    @Override
    public int hashCode() {
        return 31 * block + Arrays.hashCode(signs);
    }

    /** The factor {@code 1 / sqrt(block)}. */
    public float factor() {
        return (float) (1 / Math.sqrt(block));
    }
}
