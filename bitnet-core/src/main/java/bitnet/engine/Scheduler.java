package bitnet.engine;

import bitnet.BusyException;
import bitnet.ModelStats;
import bitnet.Scheduling;
import bitnet.engine.StepPlan.Piece;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps for all who share a model: whoever waits when a step begins goes along, as the {@link StepPlanner} says. What
 * each gets has the same bits as alone. There is no thread for this: one of those who wait leads, which is to say that it
 * runs steps for all until it has what it wants itself. Thread-safe.
 */
final class Scheduler {
    private final PlatformThread platformThread;
    private final Scheduling limits;
    private final StepPlanner planner;
    private final ReentrantLock lock = new ReentrantLock();
    /** Signalled when somebody comes or goes while the next step is held. */
    private final Condition changed = lock.newCondition();
    /** Whoever has come and does not run yet. */
    private final Queue<Request> queue = new ArrayDeque<>();
    // used by whoever leads
    private final Batch together = new Batch();
    private boolean led;
    private int running;
    private long arrivals;
    private long steps;
    private long rows;

    /**
     * @param platformThread computes for virtual threads
     * @param maxRows tokens of a step
     */
    Scheduler(PlatformThread platformThread, int maxRows, Scheduling limits) {
        this.platformThread = platformThread;
        this.limits = limits;
        this.planner = new StepPlanner(maxRows, limits.stepTime());
    }

    /** A text to compute, which is to be {@link #end}ed; the parameters are those of {@link Request}. */
    Request begin(Cancellation cancellation, Deadline deadline, Runnable interrupted) {
        return new Request(lock.newCondition(), cancellation, deadline, interrupted);
    }

    /** {@link StepPlanner#longer}. */
    double longer(int more) {
        lock.lock();
        try {
            return planner.longer(more);
        } finally {
            lock.unlock();
        }
    }

    /** The request will want nothing more: whoever was first in the queue runs in its place. */
    void end(Request request) {
        lock.lock();
        try {
            planner.remove(request);
            if (request.isRunning()) {
                request.run(false);
                running--;
                runQueued();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void runQueued() {
        while (running < limits.maxRunning() && !queue.isEmpty()) {
            Request next = queue.remove();
            run(next);
            next.served().signal();
        }
    }

    private void run(Request request) {
        request.run(true);
        running++;
    }

    /** What the model does, with what others know of it. */
    ModelStats stats(long promptTokens, long cachedTokens, long completionTokens, long kvBytes, long cachedBytes) {
        lock.lock();
        try {
            return new ModelStats(
                    running,
                    queue.size(),
                    promptTokens,
                    cachedTokens,
                    completionTokens,
                    steps,
                    rows,
                    kvBytes,
                    cachedBytes);
        } finally {
            lock.unlock();
        }
    }

    /** Looks at all cancellations: whoever is cancelled while it waits goes at once. */
    void dropCancelled() {
        lock.lock();
        try {
            queue.forEach(request -> request.served().signal());
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
     * @throws BusyException if it is new and too many run and wait
     * @throws CancellationException if the request's cancellation said so; some steps may have been computed then
     */
    void forward(Request request, Placement placement, Batch batch) {
        lock.lock();
        try {
            enqueue(request);
            request.want(placement, batch, ++arrivals, System.nanoTime());
            planner.add(request);
            changed.signalAll();
            while (request.isWaiting()) {
                if (led) {
                    awaitWhile(request, () -> led && request.isWaiting());
                } else {
                    lead(request);
                }
            }
        } finally {
            haveOneLead();
            lock.unlock();
            if (request.wasInterrupted()) {
                Thread.currentThread().interrupt();
            }
        }
        switch (request.failure()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Returns when the request runs, which most do at once. */
    private void enqueue(Request request) {
        if (request.isRunning()) {
            return;
        }
        if (running < limits.maxRunning()) {
            run(request);
            return;
        }
        if (queue.size() >= limits.maxQueued()) {
            throw new BusyException(running, queue.size());
        }
        @Nullable QueueEvent event = FlightRecords.begin(QueueEvent::new);
        queue.add(request);
        awaitWhile(
                request, () -> !request.isRunning() && !request.cancellation().isCancelled());
        if (event != null) {
            event.done(running, queue.size());
        }
        if (queue.remove(request)) {
            throw new CancellationException("cancelled in the queue");
        }
    }

    /** The lock is held before and after, not meanwhile. */
    private void awaitWhile(Request request, BooleanSupplier waits) {
        while (waits.getAsBoolean()) {
            try {
                if (request.served().awaitNanos(request.deadline().left()) <= 0) {
                    dropCancelled();
                }
            } catch (InterruptedException _) {
                request.interrupt();
                dropCancelled();
            }
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
        hold(own);
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
        } catch (RuntimeException | Error e) {
            // there was no thread for it
            @Nullable
            Throwable[] failures = new @Nullable Throwable[plan.pieces().size()];
            Arrays.fill(failures, e);
            finish(plan, failures, System.nanoTime());
        } finally {
            lock.lock();
        }
    }

    /** Waits while those who were just served may come back. */
    private void hold(Request own) {
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            long left = planner.hold(System.nanoTime());
            while (left > 0) {
                changed.awaitNanos(left);
                left = planner.hold(System.nanoTime());
            }
        } catch (InterruptedException _) {
            own.interrupt();
        }
    }

    private void run(StepPlan plan) {
        @Nullable StepEvent event = FlightRecords.begin(StepEvent::new);
        long begin = System.nanoTime();
        @Nullable Throwable[] failures = compute(plan);
        long end = System.nanoTime();
        if (event != null) {
            event.done(plan);
        }
        lock.lock();
        try {
            steps++;
            rows += plan.rows();
            if (Arrays.stream(failures).allMatch(Objects::isNull)) {
                planner.ran(plan, begin, end);
            }
        } finally {
            lock.unlock();
        }
        finish(plan, failures, end);
    }

    private void finish(StepPlan plan, @Nullable Throwable[] failures, long end) {
        lock.lock();
        try {
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
