package bitnet.tokenizer;

/** How byte-level BPE cuts text into pieces before merging. */
public enum PreTokenizer {
    /** Llama 3 and its descendants: contractions, words with one leading non-letter, up to three digits, punctuation, white space. */
    LLAMA3,
    /** GPT-2. */
    GPT2
}
