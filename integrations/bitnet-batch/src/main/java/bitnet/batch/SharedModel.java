package bitnet.batch;

import bitnet.EmbeddingModel;
import bitnet.LoadOptions;
import bitnet.Model;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model that all work of this JVM shares: who needs it first loads it, and some time after the last user has gone it is closed. The
 * tasks of an executor have nothing in common but the JVM, so this is where they meet.
 *
 * @param <M> {@link Model} or {@link EmbeddingModel}
 */
final class SharedModel<M extends AutoCloseable> {
    private static final Logger LOG = LoggerFactory.getLogger(SharedModel.class);
    private static final Map<ModelSource, SharedModel<Model>> MODELS = new ConcurrentHashMap<>();
    private static final Map<ModelSource, SharedModel<EmbeddingModel>> EMBEDDING_MODELS = new ConcurrentHashMap<>();

    private final ModelSource source;
    private final BiFunction<Path, LoadOptions, M> loader;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable M model;
    private int users;
    private long uses;

    private SharedModel(ModelSource source, BiFunction<Path, LoadOptions, M> loader) {
        this.source = source;
        this.loader = loader;
    }

    static SharedModel<Model> of(ModelSource source) {
        return MODELS.computeIfAbsent(source, key -> new SharedModel<>(key, Model::load));
    }

    static SharedModel<EmbeddingModel> embedding(ModelSource source) {
        return EMBEDDING_MODELS.computeIfAbsent(source, key -> new SharedModel<>(key, EmbeddingModel::load));
    }

    /**
     * The model, loaded if it is not. Others wait while one thread loads; if that one fails or is interrupted, the next of them tries.
     *
     * @throws CancellationException if the thread was interrupted, which stays pending
     */
    M acquire() {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (CancellationException) new CancellationException("interrupted while another loads").initCause(e);
        }
        try {
            M loaded = model;
            if (loaded == null) {
                loaded = load();
                model = loaded;
            }
            users++;
            uses++;
            return loaded;
        } finally {
            lock.unlock();
        }
    }

    private M load() {
        Thread loading = Thread.currentThread();
        long start = System.nanoTime();
        source.verify();
        M loaded = loader.apply(source.path(), source.loadOptions().withCancellation(loading::isInterrupted));
        LOG.info("loaded {} in {} ms", source, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        return loaded;
    }

    /** Ends a use; the model is closed if there is no other for this long. */
    void release(Duration idle) {
        lock.lock();
        try {
            users--;
            long now = uses;
            if (users == 0) {
                CompletableFuture.delayedExecutor(idle.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(() -> closeUnlessUsed(now));
            }
        } finally {
            lock.unlock();
        }
    }

    private void closeUnlessUsed(long since) {
        lock.lock();
        try {
            if (users == 0 && uses == since && model != null) {
                M idle = model;
                model = null;
                idle.close();
                LOG.info("closed {}, which was idle", source);
            }
        } catch (Exception e) {
            LOG.warn("closing {} failed", source, e);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the model is in memory now. */
    boolean isLoaded() {
        lock.lock();
        try {
            return model != null;
        } finally {
            lock.unlock();
        }
    }
}
