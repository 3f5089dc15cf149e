package bitnet.coreml.export;

import bitnet.coreml.artifact.Artifact;

/**
 * What an export wrote.
 *
 * @param artifact where it lies, and its manifest
 * @param ternaryWeights number of ternary weights
 * @param blockBytes of the packages that hold them, norms and programs included
 * @param headBytes of the packages that hold the head
 * @param headError root mean square of the difference between the head's weights and its palettes, over that of the
 *     weights; 0 for an F16 head
 * @param calibrationTokens of the prompt that was run to check the range of F16
 * @param largest the largest magnitude on that prompt; F16 ends at 65504
 */
public record ExportReport(
        Artifact artifact,
        long ternaryWeights,
        long blockBytes,
        long headBytes,
        double headError,
        int calibrationTokens,
        float largest) {
    /** Bits that a ternary weight takes, everything else in its package counted with it. */
    public double bitsPerWeight() {
        return 8.0 * blockBytes / ternaryWeights;
    }
}
