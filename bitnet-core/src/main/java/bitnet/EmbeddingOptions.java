package bitnet;

import bitnet.spi.Cancellation;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to embed texts. Start from {@link #defaults()} and change with the {@code with} methods; the canonical constructor grows with
 * new options and is not stable.
 *
 * @param promptName which of the model's {@linkplain EmbeddingModel#prompts() prompts} to put in front of each text; null for the
 *     model's default, which is none for most
 * @param prompt what to put in front of each text instead, such as {@code query: }; empty for nothing, null for {@code promptName}
 * @param pooling how the vectors of a text's tokens become one; null for the model's way
 * @param normalized whether vectors have length 1; null for the model's way
 * @param dimensions how many of the first dimensions to keep, for models that were trained for it (Matryoshka); the rest is left out
 *     before vectors are normalised. 0 for all
 * @param truncation whether a text that is longer than the context is cut to it; otherwise it is a {@link ContextOverflowException}
 * @param cancellation asked between steps; an interrupt of the thread that waits cancels as well, and stays pending
 * @see <a href="https://arxiv.org/abs/2205.13147">Matryoshka Representation Learning</a>
 */
public record EmbeddingOptions(
        @Nullable String promptName,
        @Nullable String prompt,
        @Nullable PoolingType pooling,
        @Nullable Boolean normalized,
        int dimensions,
        boolean truncation,
        Cancellation cancellation) {
    /** @throws IllegalArgumentException if {@code dimensions} is negative */
    public EmbeddingOptions {
        if (dimensions < 0) {
            throw new IllegalArgumentException("dimensions is " + dimensions + ", expected at least 0");
        }
        Objects.requireNonNull(cancellation, "cancellation");
    }

    /** The model's own prompt, pooling and normalisation, all dimensions, no truncation. */
    public static EmbeddingOptions defaults() {
        return new EmbeddingOptions(null, null, null, null, 0, false, Cancellation.NEVER);
    }

    /** These options with another {@link #promptName()}. */
    public EmbeddingOptions withPromptName(String name) {
        return with(draft -> draft.promptName = name);
    }

    /** These options with another {@link #prompt()}. */
    public EmbeddingOptions withPrompt(String text) {
        return with(draft -> draft.prompt = text);
    }

    /** These options with another {@link #pooling()}. */
    public EmbeddingOptions withPooling(PoolingType type) {
        return with(draft -> draft.pooling = type);
    }

    /** These options with another {@link #normalized()}. */
    public EmbeddingOptions withNormalized(boolean length1) {
        return with(draft -> draft.normalized = length1);
    }

    /** These options with another {@link #dimensions()}. */
    public EmbeddingOptions withDimensions(int count) {
        return with(draft -> draft.dimensions = count);
    }

    /** These options with another {@link #truncation()}. */
    public EmbeddingOptions withTruncation(boolean cut) {
        return with(draft -> draft.truncation = cut);
    }

    /** These options with another {@link #cancellation()}. */
    public EmbeddingOptions withCancellation(Cancellation check) {
        return with(draft -> draft.cancellation = check);
    }

    private EmbeddingOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    private static final class Draft {
        private @Nullable String promptName;
        private @Nullable String prompt;
        private @Nullable PoolingType pooling;
        private @Nullable Boolean normalized;
        private int dimensions;
        private boolean truncation;
        private Cancellation cancellation;

        Draft(EmbeddingOptions from) {
            promptName = from.promptName;
            prompt = from.prompt;
            pooling = from.pooling;
            normalized = from.normalized;
            dimensions = from.dimensions;
            truncation = from.truncation;
            cancellation = from.cancellation;
        }

        EmbeddingOptions options() {
            return new EmbeddingOptions(promptName, prompt, pooling, normalized, dimensions, truncation, cancellation);
        }
    }
}
