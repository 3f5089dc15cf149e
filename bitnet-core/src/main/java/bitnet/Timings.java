package bitnet;

import java.time.Duration;
import java.util.Objects;

/**
 * Where a generation's time went. Time that the caller spends between two tokens is in none of these; time spent waiting
 * for other generations of the same model is.
 *
 * @param prefill computing the prompt
 * @param prefillTokens tokens computed in it: the prompt without what was cached
 * @param firstToken from the first request for a token until there was one, prefill included
 * @param decode computing the tokens after the first
 * @param decodeTokens number of these tokens
 * @param guessedTokens tokens that were computed in advance because the text might go on with them
 * @param acceptedTokens how many of the guesses were right
 */
public record Timings(
        Duration prefill,
        int prefillTokens,
        Duration firstToken,
        Duration decode,
        int decodeTokens,
        int guessedTokens,
        int acceptedTokens) {
    public Timings {
        Objects.requireNonNull(prefill, "prefill");
        Objects.requireNonNull(firstToken, "firstToken");
        Objects.requireNonNull(decode, "decode");
    }

    /** Prompt tokens computed in a second; 0 if there were none. */
    public double prefillTokensPerSecond() {
        return perSecond(prefillTokens, prefill);
    }

    /** Tokens generated in a second, the first not counted; 0 if there were no more. */
    public double decodeTokensPerSecond() {
        return perSecond(decodeTokens, decode);
    }

    private static double perSecond(int tokens, Duration time) {
        return time.isZero() ? 0 : tokens * 1e9 / time.toNanos();
    }
}
