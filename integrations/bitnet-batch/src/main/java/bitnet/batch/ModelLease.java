package bitnet.batch;

import bitnet.EmbeddingModel;
import bitnet.Model;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The use of a model that all work of this JVM shares: loaded with the first lease of an equal {@link ModelSource}, and closed when there was
 * none for a while. Close the lease, never the model. Thread-safe.
 *
 * @param <M> {@link Model} or {@link EmbeddingModel}
 */
public final class ModelLease<M extends AutoCloseable> implements AutoCloseable {
    private static final int IDLE_SECONDS = 60;

    private final SharedModel<M> shared;
    private final M model;
    private final Duration idle;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ModelLease(SharedModel<M> shared, Duration idle) {
        this.shared = shared;
        this.idle = idle;
        model = shared.acquire();
    }

    /**
     * A language model.
     *
     * @param idle how long the model stays in memory when nobody has a lease
     * @throws bitnet.BitNetException as {@link Model#load} does, and if the file has another hash than the source says
     * @throws java.util.concurrent.CancellationException if the thread was interrupted, which stays pending
     */
    public static ModelLease<Model> of(ModelSource source, Duration idle) {
        return new ModelLease<>(SharedModel.of(source), idle);
    }

    /** As {@link #of}, for an embedding model. */
    public static ModelLease<EmbeddingModel> embedding(ModelSource source, Duration idle) {
        return new ModelLease<>(SharedModel.embedding(source), idle);
    }

    /**
     * Takes the option {@code idleSeconds}: how long a model stays in memory when nobody has a lease, 60 if nothing is said.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public static Duration idle(NamedOptions options) {
        int seconds = options.integer("idleSeconds", IDLE_SECONDS);
        if (seconds < 0) {
            throw new IllegalArgumentException("the option idleSeconds is " + seconds + ", expected at least 0");
        }
        return Duration.ofSeconds(seconds);
    }

    public M model() {
        return model;
    }

    /** Ends the use. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            shared.release(idle);
        }
    }
}
