package bitnet.spi;

/** The keys and values of one text. Belongs to the {@link CompiledModel} that made it. Not thread-safe. */
public interface Sequence extends AutoCloseable {
    /** Tokens held. */
    int length();

    /** Tokens that can be held. */
    int capacity();

    /**
     * Forgets all tokens from {@code length} on. A sequence of a recurrent model may have to go back further, to where a copy of
     * its state was kept or to the beginning: {@link #length()} says how far.
     *
     * @throws IllegalArgumentException if {@code length} is negative or more than is held
     */
    void truncate(int length);

    /**
     * A second sequence with the same tokens, independent of this one.
     *
     * @throws UnsupportedOperationException if the backend cannot
     * @throws IllegalStateException if this sequence or its model is closed
     */
    Sequence fork();

    /**
     * The page of this index, which holds positions from {@code index * pagePositions()} on, held once for the caller.
     *
     * @throws UnsupportedOperationException if the model's {@link CompiledModel#pagePositions()} is 0
     */
    default KvPage page(int index) {
        throw new UnsupportedOperationException("sequences of this backend share no pages");
    }

    /** Frees the memory. Idempotent. */
    @Override
    void close();
}
