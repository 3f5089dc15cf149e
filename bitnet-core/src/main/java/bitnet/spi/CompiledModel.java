package bitnet.spi;

/**
 * A model that runs on a device. Thread-safe: calls of {@link #forward} wait for each other. After a
 * {@link bitnet.BackendFailureException} from {@link #forward} every further call throws it again.
 */
public interface CompiledModel extends AutoCloseable {
    /** A new, empty sequence. Its memory grows with its length. */
    Sequence newSequence();

    /** The most tokens that a sequence can hold: as many as were asked for, or fewer where the device sets a limit. */
    default int capacity() {
        return Integer.MAX_VALUE;
    }

    /** Which of the device's processors run how much of the model, for people; empty where there is no choice. May take seconds. */
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
