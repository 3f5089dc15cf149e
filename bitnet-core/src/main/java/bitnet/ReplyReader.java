package bitnet;

/**
 * Takes an answer apart while a model writes it, as {@link Model#reply(String)} does with a whole one. All replies of a reader, joined,
 * are the reply to the whole answer. Not thread-safe.
 */
public interface ReplyReader {
    /**
     * What has become certain with the next piece of an answer: more of the text and of the reasoning, and calls that are complete.
     * What could be the beginning of a mark, and blanks that may stand before one, are held back.
     */
    Reply next(String piece);

    /** What was held back, at the end of an answer. */
    Reply finish();
}
