package bitnet.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * What a thread of its own makes while the caller goes on. Closing waits for that thread, so that it never reads what its
 * caller has freed.
 *
 * @param <T> what is made
 */
final class Meanwhile<T> implements AutoCloseable {
    private final CompletableFuture<T> made;

    private Meanwhile(CompletableFuture<T> made) {
        this.made = made;
    }

    /** Starts the thread. */
    static <T> Meanwhile<T> start(String thread, Supplier<T> make) {
        return new Meanwhile<>(CompletableFuture.supplyAsync(
                make, task -> Thread.ofPlatform().daemon().name(thread).start(task)));
    }

    /** Waits for the result, interrupted or not, and throws what the thread threw. */
    T get() {
        try {
            return made.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    @Override
    public void close() {
        made.handle((result, failure) -> true).join();
    }
}
