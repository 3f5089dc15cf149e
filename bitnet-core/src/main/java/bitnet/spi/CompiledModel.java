package bitnet.spi;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A model that runs on a device. Thread-safe: calls of {@link #forward} wait for each other. After a
 * {@link bitnet.BackendFailureException} from {@link #forward} every further call throws it again.
 */
public interface CompiledModel extends AutoCloseable {
    /** A new, empty sequence. Its memory grows with its length. */
    Sequence newSequence();

    /**
     * A new sequence that begins with the tokens of these pages. It shares them; one that it goes on in is copied.
     *
     * @param pages as many as {@code length} needs, still held by the caller
     * @param length tokens that it has
     * @throws UnsupportedOperationException if {@link #pagePositions()} is 0
     * @throws OutOfMemoryError if there is no memory for a copy
     */
    default Sequence newSequence(List<? extends KvPage> pages, int length) {
        throw new UnsupportedOperationException("sequences of this backend share no pages");
    }

    /** Positions of a page that sequences share, or 0 if they share none. */
    default int pagePositions() {
        return 0;
    }

    /** Bytes of a page. */
    default long pageBytes() {
        return 0;
    }

    /** Bytes of all pages that anybody holds. */
    default long kvBytes() {
        return 0;
    }

    /** Bytes that {@link #writePage} fills; 0 if pages of this backend cannot be stored. The same on every backend that can. */
    default long storedPageBytes() {
        return 0;
    }

    /**
     * Writes a page for {@link #readPage} of this or another backend, which has the same model and type of cache. Waits for a
     * running {@link #forward}.
     *
     * @param to {@link #storedPageBytes()} bytes
     * @throws UnsupportedOperationException if pages of this backend cannot be stored
     */
    default void writePage(KvPage page, MemorySegment to) {
        throw new UnsupportedOperationException("pages of this backend cannot be stored");
    }

    /**
     * A page with what {@link #writePage} wrote, held by the caller. Waits for a running {@link #forward}.
     *
     * @param from {@link #storedPageBytes()} bytes
     * @throws OutOfMemoryError if there is no memory for it
     * @throws UnsupportedOperationException if pages of this backend cannot be stored
     */
    default KvPage readPage(MemorySegment from) {
        throw new UnsupportedOperationException("pages of this backend cannot be stored");
    }

    /**
     * Sets how many bytes pages may take. Where that is reached, and where memory runs out, someone may let go of pages that
     * are held for later; if nobody does, {@link #forward} throws {@link OutOfMemoryError} with nothing computed.
     *
     * @param bytes the most
     * @param reclaim lets go of some, and says whether there were any; called by threads that compute, and must not compute
     */
    default void limitKv(long bytes, BooleanSupplier reclaim) {}

    /** Whether a sequence that goes back may have to compute again what stays of it ({@link Sequence#truncate}). */
    default boolean isRecurrent() {
        return false;
    }

    /** The most tokens that a sequence can hold: as many as were asked for, or fewer where the device sets a limit. */
    default int capacity() {
        return Integer.MAX_VALUE;
    }

    /** Says for display which processors of the device run how much of the model; empty where there is no choice. May take seconds. */
    default String residency() {
        return "";
    }

    /**
     * Runs a batch: appends its tokens to their sequences and fills the {@link Logits} that it carries. Each result has the
     * same bits whatever else is in the batch and however it was cut.
     *
     * @throws IllegalArgumentException if a token is not in the vocabulary or an entry does not continue its sequence
     * @throws bitnet.ContextOverflowException if a sequence would grow beyond its capacity; nothing was computed then
     * @throws bitnet.BackendFailureException if the device failed
     * @throws OutOfMemoryError if there is no memory for more tokens; every sequence then holds the tokens of the finished
     *     steps
     * @throws java.util.concurrent.CancellationException between two steps; every sequence then holds the tokens of the
     *     finished steps
     */
    void forward(Batch batch, Cancellation cancellation);

    /** Bytes that the model holds beside mapped files, sequences not counted. */
    long memoryBytes();

    /** Frees everything. Waits for a running {@link #forward}. Sequences are closed with it. Idempotent. */
    @Override
    void close();
}
