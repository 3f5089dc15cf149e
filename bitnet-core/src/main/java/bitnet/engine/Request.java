package bitnet.engine;

import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * A text that is computed, as the {@link Scheduler} sees it from its first token to its end: a generation first wants its
 * prompt computed and then, again and again, a token. Guarded by the scheduler's lock.
 */
final class Request {
    // what a text wants after its prompt is decoding up to so many rows; more are computed like a prompt
    private static final int MOST_DECODED = 16;

    private final Condition served;
    private final Cancellation cancellation;
    private final Deadline deadline;
    private final Runnable interrupted;
    private boolean wasInterrupted;
    private boolean running;
    private long order;
    private @Nullable Placement placement;
    private @Nullable Batch batch;
    private int next;
    private boolean computing;
    private boolean hasPrompt;
    private @Nullable Throwable failure;
    private long servedAt;
    private long away;

    /**
     * @param served signalled when it has what it wanted
     * @param cancellation asked before each piece of a prompt, by any thread; says so after the deadline
     * @param deadline the time at which a wait ends
     * @param interrupted told when the thread that waits was interrupted, on that thread
     */
    Request(Condition served, Cancellation cancellation, Deadline deadline, Runnable interrupted) {
        this.served = served;
        this.cancellation = cancellation;
        this.deadline = deadline;
        this.interrupted = interrupted;
    }

    Condition served() {
        return served;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    Deadline deadline() {
        return deadline;
    }

    /** The thread that waits was interrupted, and its interrupt taken. */
    void interrupt() {
        wasInterrupted = true;
        interrupted.run();
    }

    /** Whether an interrupt was taken since this was asked last. */
    boolean wasInterrupted() {
        boolean was = wasInterrupted;
        wasInterrupted = false;
        return was;
    }

    /** Whether it is among those that may compute. */
    boolean isRunning() {
        return running;
    }

    void run(boolean now) {
        running = now;
    }

    /**
     * Wants a batch computed.
     *
     * @param arrival its number among all arrivals, which it keeps
     */
    void want(Placement on, Batch rows, long arrival, long now) {
        placement = on;
        batch = rows;
        next = 0;
        failure = null;
        away = order == 0 ? 0 : now - servedAt;
        if (order == 0) {
            order = arrival;
        }
    }

    /** Has what it wanted, or a failure. */
    void serve(@Nullable Throwable why, long now) {
        failure = why;
        hasPrompt |= why == null;
        servedAt = now;
        placement = null;
        batch = null;
    }

    /** Whether something is wanted and not there yet. */
    boolean isWaiting() {
        return batch != null;
    }

    /** Why there is not what was wanted, or null. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Whether it wants a token after its prompt, or the few that one step can verify. */
    boolean isDecoding(int maxRows) {
        return hasPrompt && batch().size() <= Math.min(MOST_DECODED, maxRows);
    }

    Placement placement() {
        return Objects.requireNonNull(placement);
    }

    Batch batch() {
        return Objects.requireNonNull(batch);
    }

    /** The first row that is not computed yet. */
    int next() {
        return next;
    }

    /** Rows that are not computed yet. */
    int rows() {
        return batch().size() - next;
    }

    /** Whether some of its rows are in the step under way. */
    boolean isComputing() {
        return computing;
    }

    void startComputing() {
        computing = true;
    }

    void endComputing(int computed) {
        computing = false;
        next = computed;
    }

    /** The number of its arrival. */
    long order() {
        return order;
    }

    /** When it last got what it wanted. */
    long servedAt() {
        return servedAt;
    }

    /** For how long it wanted nothing before it wanted what it wants now, or wanted last. */
    long away() {
        return away;
    }
}
