package bitnet.batch;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Results of rows in the order of the rows, some of them under way side by side. Rows are read on the thread that asks for results, a few
 * times as many as are under way: those behind a slow one go on while it is waited for. So memory is bounded, and who does not ask holds
 * everything up. One thread at a time.
 *
 * @param <I> a row
 * @param <O> its result
 */
public final class InFlight<I, O> implements Iterator<O>, AutoCloseable {
    /** Rows read, for each that may be under way. */
    private static final int READ_AHEAD = 4;

    private static final long CHECK_MILLIS = 50;

    private final Iterator<? extends I> rows;
    private final Function<? super I, ? extends O> work;
    private final int held;
    private final Semaphore free;
    private final BooleanSupplier cancelled;
    private final Queue<Future<O>> pending = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("bitnet-row-", 0).factory());

    /**
     * @param inFlight most rows under way, at least 1
     * @param work what makes a result of a row, on a virtual thread of its own; an interrupt has to end it
     * @param cancelled whether nobody wants the results any more: asked while one is waited for
     */
    public InFlight(
            Iterator<? extends I> rows,
            int inFlight,
            Function<? super I, ? extends O> work,
            BooleanSupplier cancelled) {
        if (inFlight < 1) {
            throw new IllegalArgumentException("inFlight is " + inFlight + ", expected at least 1");
        }
        this.rows = rows;
        this.work = work;
        this.cancelled = cancelled;
        held = Math.multiplyExact(READ_AHEAD, inFlight);
        free = new Semaphore(inFlight, true);
    }

    @Override
    public boolean hasNext() {
        while (pending.size() < held && rows.hasNext()) {
            I row = rows.next();
            pending.add(threads.submit(() -> result(row)));
        }
        return !pending.isEmpty();
    }

    private O result(I row) throws InterruptedException {
        free.acquire();
        try {
            if (threads.isShutdown()) { // it was one that is cancelled that made room
                throw new InterruptedException();
            }
            return work.apply(row);
        } finally {
            free.release();
        }
    }

    /**
     * The next result.
     *
     * @throws CancellationException if nobody wants it, or the thread was interrupted, which stays pending
     * @throws RuntimeException what the work threw; the other rows are cancelled then
     */
    @Override
    public O next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        boolean done = false;
        try {
            O result = await(pending.remove());
            done = true;
            return result;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private O await(Future<O> future) {
        while (true) {
            try {
                return future.get(CHECK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (cancelled.getAsBoolean()) {
                    throw cancellation("nobody wants the rows any more", e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw cancellation("interrupted", e);
            } catch (ExecutionException e) {
                throw unchecked(e.getCause());
            }
        }
    }

    private static CancellationException cancellation(String why, Exception cause) {
        var cancellation = new CancellationException(why);
        cancellation.initCause(cause);
        return cancellation;
    }

    private static RuntimeException unchecked(@Nullable Throwable cause) {
        switch (cause) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IllegalStateException(cause);
        }
    }

    /** Cancels what is under way and waits until it has ended. Idempotent. */
    @Override
    public void close() {
        pending.clear();
        threads.shutdownNow();
        threads.close();
    }
}
