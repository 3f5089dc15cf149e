package bitnet;

/** Takes the logits of {@link Model#evaluate}, one position at a time. */
@FunctionalInterface
public interface LogitsConsumer {
    /**
     * The scores of the token after {@code position}.
     *
     * @param position index into the evaluated tokens; ascending from 0, none left out
     * @param logits one a token of the vocabulary; the array is used again after this call
     */
    void row(int position, float[] logits);
}
