package bitnet.model;

import org.jspecify.annotations.Nullable;

/**
 * Scores of the next token: of a language model.
 *
 * @param table one row a token
 * @param rotation that the normed rows go through before they are multiplied; null where there is none
 */
public record Head(TokenTable table, @Nullable HadamardRotation rotation) implements Output {
    /** Without a rotation. */
    public Head(TokenTable table) {
        this(table, null);
    }
}
