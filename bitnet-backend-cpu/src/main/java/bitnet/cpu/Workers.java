package bitnet.cpu;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work on one task together: platform daemon threads and the thread that calls {@link #run}, which may be a
 * virtual one. Between tasks they spin for about a millisecond, then park: waking a parked thread costs 25 to 45
 * microseconds, and a token of a large model has hundreds of tasks. Thread-safe: tasks of several callers run one after
 * another.
 */
public final class Workers implements AutoCloseable {
    private static final int SPINS = 20_000;
    /**
     * About 20 microseconds; who waits longer lets others run between two looks, which costs nothing where there are none. On
     * a busy machine the thread that is waited for may be one of them: a task took 300 microseconds without.
     */
    private static final int UNDISTURBED_SPINS = 500;

    private static final int YIELD_EVERY = 32;
    private static final int JOIN_YIELDS = 1_000;
    /** With more workers than processors, who spins keeps another worker from running: 700 microseconds a task for 3 on 2. */
    private static final int CROWDED_SPINS = 50;

    // Counters on cache lines of their own.
    private static final int EPOCH = 32;
    private static final int PENDING = 64;
    private static final int CURSOR = 96;

    private final AtomicIntegerArray counters = new AtomicIntegerArray(128);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Worker[] threads;
    private final int spins;
    private final int joinSpins;
    private volatile @Nullable Thread joining;
    private @Nullable Task task;
    private boolean closed;

    /** Part of a task. */
    @FunctionalInterface
    public interface Task {
        /**
         * Does this worker's part. What it throws reaches the caller of {@link Workers#run} when all workers are done.
         *
         * @param worker from 0, the caller, to {@link Workers#count()} - 1
         */
        void run(int worker);
    }

    /** @param count of workers, the caller among them */
    public Workers(int count) {
        if (count < 1) {
            throw new IllegalArgumentException(count + " workers");
        }
        boolean crowded = count > Runtime.getRuntime().availableProcessors();
        spins = crowded ? CROWDED_SPINS : SPINS;
        joinSpins = crowded ? CROWDED_SPINS : UNDISTURBED_SPINS;
        threads = new Worker[count - 1];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Worker(i + 1);
        }
        try {
            for (Worker thread : threads) {
                thread.start();
            }
        } catch (OutOfMemoryError e) { // the system refuses another thread: let those that started go
            counters.incrementAndGet(EPOCH);
            throw e;
        }
    }

    /** How many threads work, the caller among them. */
    public int count() {
        return threads.length + 1;
    }

    /**
     * Runs a task once on each worker and waits for all. An interrupt of the caller does not end the wait and is kept.
     * If several workers fail, the first failure is thrown and the others are suppressed in it.
     *
     * @throws IllegalStateException if these workers are closed, or if a task of theirs is the caller
     */
    public void run(Task newTask) {
        if (lock.isHeldByCurrentThread() || (Thread.currentThread() instanceof Worker worker && worker.isOf(this))) {
            throw new IllegalStateException("a task cannot run another one on the same workers");
        }
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the workers are closed");
            }
            start(newTask);
            work(newTask, 0);
            join();
        } finally {
            lock.unlock();
        }
        Throwable failed = failure.getAndSet(null);
        if (failed != null) {
            rethrow(failed);
        }
    }

    /**
     * For a task: takes the next of {@code count} pieces that no worker has taken yet.
     *
     * @return its number, or -1 if there is none left
     */
    public int take(int count) {
        int piece = counters.getAndIncrement(CURSOR);
        return piece < count ? piece : -1;
    }

    private void start(@Nullable Task newTask) {
        counters.setPlain(CURSOR, 0);
        counters.setPlain(PENDING, threads.length);
        task = newTask;
        counters.incrementAndGet(EPOCH);
        for (Worker thread : threads) {
            if (thread.parked) {
                LockSupport.unpark(thread);
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // an exception cannot be suppressed in itself
    private void work(Task current, int worker) {
        try {
            current.run(worker);
        } catch (Throwable e) { // whatever it is belongs to the caller
            if (!failure.compareAndSet(null, e)) {
                Throwable first = failure.get();
                if (first != null && first != e) {
                    first.addSuppressed(e);
                }
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yields where the thread waited for may need this core; then it parks
    private void join() {
        int waits = 0;
        while (counters.get(PENDING) != 0) {
            if (waits < joinSpins) {
                Thread.onSpinWait();
            } else if (waits < joinSpins + JOIN_YIELDS) {
                Thread.yield();
            } else {
                joining = Thread.currentThread();
                if (counters.get(PENDING) != 0) {
                    LockSupport.park(this);
                }
            }
            waits++;
        }
        joining = null;
    }

    private static void rethrow(Throwable failed) {
        switch (failed) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException("a task threw a checked exception", failed);
        }
    }

    /** Waits for a running task and ends the threads. Idempotent. */
    @Override
    public void close() {
        if (lock.isHeldByCurrentThread() || (Thread.currentThread() instanceof Worker worker && worker.isOf(this))) {
            throw new IllegalStateException("a task cannot close its workers");
        }
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                start(null);
                join();
            }
        } finally {
            lock.unlock();
        }
    }

    private final class Worker extends Thread {
        private final int number;
        private volatile boolean parked;

        Worker(int number) {
            super("bitnet-cpu-" + number);
            this.number = number;
            setDaemon(true);
        }

        boolean isOf(Workers workers) {
            return Workers.this == workers;
        }

        @Override
        public void run() {
            int epoch = 0;
            while (true) {
                epoch = await(epoch);
                Task current = task;
                if (current != null) {
                    work(current, number);
                }
                if (counters.decrementAndGet(PENDING) == 0) {
                    LockSupport.unpark(joining);
                }
                if (current == null) {
                    return;
                }
            }
        }

        /** Waits until the epoch is another one than {@code seen}, and returns it. */
        @SuppressWarnings("ThreadPriorityCheck") // see UNDISTURBED_SPINS
        private int await(int seen) {
            for (int waits = 0; waits < spins; waits++) {
                int now = counters.get(EPOCH);
                if (now != seen) {
                    return now;
                }
                if (waits > UNDISTURBED_SPINS && waits % YIELD_EVERY == 0) {
                    Thread.yield();
                } else {
                    Thread.onSpinWait();
                }
            }
            parked = true;
            while (counters.get(EPOCH) == seen) {
                LockSupport.park(Workers.this);
                Thread.interrupted(); // nobody's business here, and park would no longer wait
            }
            parked = false;
            return counters.get(EPOCH);
        }
    }
}
