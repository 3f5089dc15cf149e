package bitnet.engine;

import bitnet.engine.StepPlan.Piece;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps for all who share a model: whoever waits when a step begins goes along, as the {@link StepPlanner} says. What
 * each gets has the same bits as alone. There is no thread for this: one of those who wait leads, which is to say that it
 * runs steps for all until it has what it wants itself. Thread-safe.
 */
final class Scheduler {
    private final PlatformThread platformThread;
    private final StepPlanner planner;
    private final ReentrantLock lock = new ReentrantLock();
    /** Signalled when somebody comes or goes while the next step is held. */
    private final Condition changed = lock.newCondition();
    // used by whoever leads
    private final Batch together = new Batch();
    private boolean led;
    private long arrivals;

    /**
     * @param platformThread computes for virtual threads
     * @param maxRows tokens of a step
     */
    Scheduler(PlatformThread platformThread, int maxRows) {
        this.platformThread = platformThread;
        this.planner = new StepPlanner(maxRows);
    }

    /** A text to compute, which is to be {@link #end}ed. */
    Request begin(Cancellation cancellation) {
        return new Request(lock.newCondition(), cancellation);
    }

    /** The request will want nothing more. Nobody waits for it any longer. */
    void end(Request request) {
        lock.lock();
        try {
            planner.remove(request);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Looks at all cancellations: whoever is cancelled while it waits goes at once. */
    void dropCancelled() {
        lock.lock();
        try {
            for (Request request : planner.waiting()) {
                if (!request.isComputing() && request.cancellation().isCancelled()) {
                    planner.remove(request);
                    serve(request, new CancellationException("cancelled"), System.nanoTime());
                    changed.signalAll();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@link Placement#forward} of a batch, in as many steps as it takes, together with others.
     *
     * @throws CancellationException if the request's cancellation said so; some steps may have been computed then
     */
    void forward(Request request, Placement placement, Batch batch) {
        lock.lock();
        try {
            request.want(placement, batch, ++arrivals, System.nanoTime());
            planner.add(request);
            changed.signalAll();
            while (request.isWaiting()) {
                if (led) {
                    request.served().awaitUninterruptibly();
                } else {
                    lead(request);
                }
            }
        } finally {
            haveOneLead();
            lock.unlock();
        }
        switch (request.failure()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Wakes one of those who wait, unless another leads. The lock is held. */
    private void haveOneLead() {
        if (!led && !planner.isEmpty()) {
            planner.first().served().signal();
        }
    }

    /** Runs a step for all who wait. The lock is held before and after, not meanwhile. */
    private void lead(Request own) {
        led = true;
        hold();
        dropCancelled();
        if (!own.isWaiting()) {
            led = false;
            return;
        }
        StepPlan plan = planner.next(System.nanoTime());
        plan.pieces().forEach(piece -> piece.request().startComputing());
        lock.unlock();
        try {
            platformThread.run(() -> run(plan));
        } finally {
            lock.lock();
        }
    }

    /** Waits while those who were just served may come back. An interrupt ends this, and stays pending. */
    private void hold() {
        try {
            long left = planner.hold(System.nanoTime());
            while (left > 0) {
                changed.awaitNanos(left);
                left = planner.hold(System.nanoTime());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(StepPlan plan) {
        long begin = System.nanoTime();
        @Nullable Throwable[] failures = compute(plan);
        long end = System.nanoTime();
        lock.lock();
        try {
            if (Arrays.stream(failures).allMatch(Objects::isNull)) {
                planner.ran(plan, begin, end);
            }
            for (int i = 0; i < failures.length; i++) {
                finish(plan.pieces().get(i), failures[i], end);
            }
            led = false;
            haveOneLead();
        } finally {
            lock.unlock();
        }
    }

    private void finish(Piece piece, @Nullable Throwable failure, long end) {
        Request request = piece.request();
        request.endComputing(piece.to());
        if (failure != null) {
            planner.remove(request);
            serve(request, failure, end);
        } else if (request.rows() == 0) {
            planner.served(request);
            serve(request, null, end);
        }
    }

    private static void serve(Request request, @Nullable Throwable failure, long now) {
        request.serve(failure, now);
        request.served().signal();
    }

    /** What went wrong with each piece, or null. */
    private @Nullable Throwable[] compute(StepPlan plan) {
        @Nullable Throwable[] failures = new @Nullable Throwable[plan.pieces().size()];
        Throwable failure = compute(plan.placement(), plan.pieces());
        if (failure == null || failures.length == 1 || plan.placement().hasFailed()) {
            Arrays.fill(failures, failure);
        } else {
            // there was no memory for one of them; it is a single step, so nothing was computed for any
            Arrays.setAll(
                    failures,
                    i -> compute(plan.placement(), List.of(plan.pieces().get(i))));
        }
        return failures;
    }

    private @Nullable Throwable compute(Placement placement, List<Piece> pieces) {
        Request first = pieces.getFirst().request();
        boolean alone = pieces.size() == 1;
        try {
            if (alone
                    && pieces.getFirst().to() - pieces.getFirst().from()
                            == first.batch().size()) {
                placement.forward(first.batch(), first.cancellation());
            } else {
                pieces.forEach(this::append);
                placement.forward(together, alone ? first.cancellation() : Cancellation.NEVER);
            }
            return null;
        } catch (RuntimeException | Error e) {
            return e;
        } finally {
            together.clear();
        }
    }

    private void append(Piece piece) {
        Batch batch = piece.request().batch();
        for (int i = piece.from(); i < piece.to(); i++) {
            together.add(batch.sequence(i), batch.position(i), batch.token(i), batch.target(i));
        }
    }
}
