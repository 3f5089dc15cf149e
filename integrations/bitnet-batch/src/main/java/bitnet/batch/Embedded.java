package bitnet.batch;

import bitnet.Embedding;
import org.jspecify.annotations.Nullable;

/**
 * What a row got: a vector, or an error.
 *
 * @param embedding the vector
 * @param error why there is none; null if there is one
 */
public record Embedded(
        @Nullable Embedding embedding, @Nullable String error) {
    static Embedded error(RuntimeException cause) {
        return new Embedded(null, Answer.message(cause));
    }
}
