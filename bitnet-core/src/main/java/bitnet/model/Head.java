package bitnet.model;

/**
 * Scores of the next token: of a language model.
 *
 * @param table one row a token
 */
public record Head(TokenTable table) implements Output {}
