package bitnet.model;

import java.util.Arrays;

/**
 * How attention turns queries and keys by their position.
 *
 * @param inverseFrequencies the angle per position of each pair of dimensions, scaling of long contexts included; dimension
 *     {@code i} turns together with {@code i + n} for {@code n} angles (rows of files with other pairs are reordered at load); 0 for
 *     pairs that do not turn
 * @param magnitude what sines and cosines are multiplied by at every position: 1 but for YaRN
 */
public record Rope(float[] inverseFrequencies, float magnitude) {
    /** @throws IllegalArgumentException if the magnitude is not positive and finite */
    public Rope {
        if (!(magnitude > 0 && magnitude <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("magnitude is " + magnitude);
        }
        inverseFrequencies = inverseFrequencies.clone();
    }

    /** Turns alone. */
    public Rope(float[] inverseFrequencies) {
        this(inverseFrequencies, 1);
    }

    @Override
    public float[] inverseFrequencies() {
        return inverseFrequencies.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rope r
                && magnitude == r.magnitude
                && Arrays.equals(inverseFrequencies, r.inverseFrequencies);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(inverseFrequencies) + Float.hashCode(magnitude);
    }

    @Override
    public String toString() {
        return "Rope[" + Arrays.toString(inverseFrequencies) + ", magnitude " + magnitude + "]";
    }
}
