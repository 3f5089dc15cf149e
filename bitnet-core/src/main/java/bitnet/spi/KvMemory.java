package bitnet.spi;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Where a backend keeps keys and values: in pages that never move, and for each sequence in a table of its pages. Who holds
 * a page, and when one is copied, is decided by {@code bitnet.forward}. One thread at a time calls an instance.
 */
public interface KvMemory {
    /** Positions of a page of the backends that run {@link Kernels}, and of a chunk of attention's softmax. */
    int PAGE = 64;

    /** Keys and values of {@link #pagePositions()} positions, all layers. */
    interface Page {}

    /** What the layers of a recurrent model keep of a whole text, {@link #stateBytes()} however long it is. */
    interface State {}

    /** The pages of one sequence, where the operations look for them. */
    interface Cache extends AutoCloseable {
        /**
         * Puts pages into the table, in place of what stands there.
         *
         * @param from index of the first; at most one more than the last that was put before
         */
        void put(int from, List<? extends Page> pages);

        /**
         * Takes the state that operations change from now on, in place of another.
         *
         * @throws UnsupportedOperationException if the backend has no states
         */
        default void put(State state) {
            throw new UnsupportedOperationException("no states");
        }

        /** Frees the table, not the pages. Idempotent. */
        @Override
        void close();
    }

    /** Positions that a page has room for; {@link Integer#MAX_VALUE} if each holds a whole sequence, which is not shared then. */
    default int pagePositions() {
        return PAGE;
    }

    /** Bytes that a page takes. */
    long pageBytes();

    /**
     * A new page, with any content.
     *
     * @throws OutOfMemoryError if there is no memory; nothing has changed then
     */
    Page page();

    /**
     * Copies all of a page.
     *
     * @throws UnsupportedOperationException if the backend cannot
     */
    void copy(Page from, Page to);

    /** Frees a page that no table of an open sequence has. */
    void free(Page page);

    /** A new, empty table. */
    Cache cache();

    /** Bytes of a state; 0 for models whose layers all attend. */
    default long stateBytes() {
        return 0;
    }

    /**
     * The state of an empty text.
     *
     * @throws OutOfMemoryError if there is no memory; nothing has changed then
     */
    default State state() {
        throw new UnsupportedOperationException("no states");
    }

    /** Copies a state. */
    default void copy(State from, State to) {
        throw new UnsupportedOperationException("no states");
    }

    /** Frees a state that no table of an open sequence has. */
    default void free(State state) {
        throw new UnsupportedOperationException("no states");
    }

    /** Bytes that {@link #write} fills; 0 if the backend neither writes nor reads pages. */
    default long storedPageBytes() {
        return 0;
    }

    /**
     * Writes a page as every backend can read it: for each layer and each of its heads of keys, the keys as
     * {@code [dimension][position]}, then the values as {@code [position][dimension]}, in the cache's type, little-endian.
     *
     * @param to {@link #storedPageBytes()} bytes
     * @throws UnsupportedOperationException if the backend has no such pages
     */
    default void write(Page page, MemorySegment to) {
        throw new UnsupportedOperationException("this backend does not write pages");
    }

    /**
     * Fills a page with what {@link #write} wrote, on this backend or another.
     *
     * @throws UnsupportedOperationException if the backend has no such pages
     */
    default void read(MemorySegment from, Page page) {
        throw new UnsupportedOperationException("this backend does not read pages");
    }
}
