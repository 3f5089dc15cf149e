package bitnet.convert;

import org.jspecify.annotations.Nullable;

/**
 * What a comparison of a converted file with its source found. It is made only where nothing is wrong: all ternary weights,
 * norms, the vocabulary and the configuration are equal, and rounding is within what the types imply.
 *
 * @param ternaryTensors compared, weight by weight
 * @param weights in them
 * @param scaleError the largest relative difference of a scale; 0 for I2_S
 * @param embeddingError root of the mean squared error of the embedding over that of its values; 0 if it was kept as it is
 * @param headError likewise for an untied head, else 0
 * @param logits how far the logits of a probe prompt are apart; null if they were not compared
 */
public record Verification(
        int ternaryTensors,
        long weights,
        double scaleError,
        double embeddingError,
        double headError,
        @Nullable LogitsDistance logits) {

    /**
     * The distance of two rows of logits.
     *
     * @param tokens of the prompt
     * @param largest absolute difference
     * @param cosine of the angle between them
     * @param sameBest whether both prefer the same token
     */
    public record LogitsDistance(int tokens, double largest, double cosine, boolean sameBest) {}
}
