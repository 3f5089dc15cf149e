package bitnet;

/**
 * What a model does now, and what it has done since it was loaded. The numbers are taken one after another while others go
 * on, so they need not agree with each other to the last token.
 *
 * @param running generations that run, see {@link Scheduling#maxRunning()}
 * @param queued generations that wait until one of them ends
 * @param promptTokens tokens of the prompts of all generations
 * @param cachedTokens how many of them were in a cache and not computed
 * @param completionTokens tokens that were generated
 * @param steps steps that were computed
 * @param rows tokens that were computed in them, of prompts and of answers
 * @param kvBytes bytes of keys and values that are held now
 * @param cachedBytes how many of them are kept for texts to come; generations that run hold some of these as well
 */
public record ModelStats(
        int running,
        int queued,
        long promptTokens,
        long cachedTokens,
        long completionTokens,
        long steps,
        long rows,
        long kvBytes,
        long cachedBytes) {
    /** Tokens that a step computed, in the mean; 0 before the first. */
    public double rowsPerStep() {
        return steps == 0 ? 0 : (double) rows / steps;
    }

    /** The share of prompt tokens that were in a cache; 0 before the first. */
    public double cacheHitRate() {
        return promptTokens == 0 ? 0 : (double) cachedTokens / promptTokens;
    }
}
