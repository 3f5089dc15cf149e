package bitnet.tokenizer;

import java.util.function.IntPredicate;

/** Text to token ids and back. Immutable and thread-safe. */
public interface Tokenizer {
    /**
     * The tokenizer of a vocabulary.
     *
     * @throws bitnet.ModelFormatException if the vocabulary contradicts itself
     */
    static Tokenizer of(TokenizerSpec spec) {
        return switch (spec.kind()) {
            case BYTE_LEVEL_BPE -> new ByteLevelTokenizer(spec);
            case SENTENCEPIECE -> new SentencePieceTokenizer(spec);
        };
    }

    /**
     * The tokens of a text, begin-of-text not added.
     *
     * @param parseSpecial whether the spelling of a control token in the text is that token; false for text from strangers
     */
    default int[] encode(String text, boolean parseSpecial) {
        return encode(parseSpecial ? PromptText.template(text) : PromptText.user(text), _ -> false);
    }

    /**
     * The tokens of a text, begin-of-text not added. Control tokens are found in what the template wrote, where it wrote all of
     * one; tokens that were added to the vocabulary without being control tokens are found everywhere. Other than that it
     * makes no difference who wrote what: the text is cut as if there were no borders. Takes O(n log n) for n characters.
     *
     * @param reserved those added tokens that are like control tokens, because they are marks of the chat template
     */
    int[] encode(PromptText text, IntPredicate reserved);

    /**
     * As {@link #encode(PromptText, IntPredicate)} if there are not more tokens than are wanted; else their beginning, still of
     * more tokens than that, without the work for the rest.
     *
     * @param wanted tokens that the caller has room for
     */
    default int[] encode(PromptText text, IntPredicate reserved, int wanted) {
        return encode(text, reserved);
    }

    /** The tokens of a whole text from a stranger, with those around it that the file asks for: begin and end of text. */
    default int[] encode(String text) {
        return spec().withEnds(encode(text, false));
    }

    /**
     * The text of tokens. Control tokens are left out unless {@code withSpecial}, but for the marks of reasoning and calls of tools,
     * such as {@code <tool_call>}, without which an answer could not be taken apart. Invalid UTF-8 becomes U+FFFD.
     */
    String decode(int[] tokens, boolean withSpecial);

    /**
     * A decoder that is fed one token at a time and gives out whole characters only.
     *
     * @param continues whether the tokens go on with a text: then a SentencePiece vocabulary's leading space stays. An
     *     answer in a chat does not go on with a text
     * @param withSpecial whether control tokens are written out
     */
    StreamDecoder stream(boolean continues, boolean withSpecial);

    /** A decoder for a text from its beginning, without control tokens. */
    default StreamDecoder stream() {
        return stream(false, false);
    }

    /**
     * The bytes that a token adds to a text that it goes on with. Empty for tokens that are not text: control tokens, and those that
     * are unknown or unused.
     */
    default byte[] bytes(int token) {
        return new byte[0];
    }

    /** The vocabulary, without its merges, which the tokenizer keeps in a form of its own. */
    TokenizerSpec spec();
}
