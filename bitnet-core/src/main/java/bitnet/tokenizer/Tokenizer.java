package bitnet.tokenizer;

/** Text to token ids and back. Immutable and thread-safe. */
public interface Tokenizer {
    /**
     * The tokens of a text, begin-of-text not added.
     *
     * @param parseSpecial whether the spelling of a control token in the text is that token; false for text from strangers
     */
    int[] encode(String text, boolean parseSpecial);

    /** The text of tokens. Control tokens are left out unless {@code withSpecial}; invalid UTF-8 becomes U+FFFD. */
    String decode(int[] tokens, boolean withSpecial);

    /** A decoder that is fed one token at a time and gives out whole characters only. */
    StreamDecoder stream();

    /** The vocabulary. */
    TokenizerSpec spec();
}
