package bitnet.engine;

/** Guesses how a text goes on. What it guesses is never believed: the model computes it, and what it would not have chosen is dropped. */
interface DraftSource {
    /**
     * The tokens that may follow.
     *
     * @param tokens an array that begins with the text
     * @param length the text's length
     * @param draft takes them; no more than it has room for are wanted
     * @return how many there are
     */
    int propose(int[] tokens, int length, int[] draft);
}
