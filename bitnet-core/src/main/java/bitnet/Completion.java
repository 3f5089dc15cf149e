package bitnet;

import java.util.Objects;

/**
 * A finished generation.
 *
 * @param text the whole text
 * @param finishReason why it ended
 * @param usage numbers of tokens
 * @param timings how long its parts took
 * @param seed what {@link GenerationOptions#withSeed} needs to draw the same tokens again
 */
public record Completion(String text, FinishReason finishReason, Usage usage, Timings timings, long seed) {
    public Completion {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(finishReason, "finishReason");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(timings, "timings");
    }
}
