package bitnet.tokenizer;

/** Decodes a stream of tokens. What it has given out, joined, equals the whole sequence decoded at once. Not thread-safe. */
public interface StreamDecoder {
    /** The characters that this token completes; may be empty. */
    String next(int token);

    /** What is left at the end: the replacement of an incomplete character, or nothing. */
    String finish();
}
