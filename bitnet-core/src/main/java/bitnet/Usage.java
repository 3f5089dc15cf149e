package bitnet;

/**
 * What a generation cost, in tokens.
 *
 * @param promptTokens length of the prompt
 * @param cachedTokens how many of them were still in the KV cache from an earlier turn, and were not computed again
 * @param completionTokens generated, including the one that ended the answer
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens) {
    /** @throws IllegalArgumentException if a number is negative or more is cached than the prompt has */
    public Usage {
        if (promptTokens < 0 || cachedTokens < 0 || cachedTokens > promptTokens || completionTokens < 0) {
            throw new IllegalArgumentException(promptTokens + " prompt tokens, " + cachedTokens
                    + " of them cached, and " + completionTokens + " completion tokens");
        }
    }

    /** Prompt and completion. */
    public int totalTokens() {
        return promptTokens + completionTokens;
    }
}
