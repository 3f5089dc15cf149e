package bitnet;

/** Why a generation ended. */
public enum FinishReason {
    /** The model ended its answer with an end-of-generation token. */
    STOP,
    /** The text reached one of {@link GenerationOptions#stop()}, which is not part of it. */
    STOP_STRING,
    /** {@link GenerationOptions#maxTokens()} were generated. */
    LENGTH,
    /** The context has no room for another token. */
    CONTEXT_FULL,
    /** The time of {@link GenerationOptions#deadline()} has passed. */
    DEADLINE,
    /** The answer has to follow a {@link GenerationOptions#constraint()}, and the vocabulary has no token with which it could. */
    CONSTRAINT,
    /** {@link Generation#cancel()} or {@link Generation#close()} was called. */
    CANCELLED
}
