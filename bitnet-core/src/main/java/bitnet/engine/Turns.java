package bitnet.engine;

import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The order in which those who share a model compute: first come, first served, and whoever waits meanwhile goes along in one
 * batch, as far as there is room in a step. Decoding reads all weights for each step, so many that go together cost little
 * more than one alone; what each gets has the same bits either way. There is no thread for this: one of those who wait
 * takes the turn of all. Thread-safe.
 */
final class Turns {
    private final PlatformThread platformThread;
    private final int maxRows;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition turned = lock.newCondition();
    private final Queue<Request> queue = new ArrayDeque<>();
    // used by whoever has the turn
    private final Batch together = new Batch();
    private boolean busy;

    private static final class Request {
        private final Placement placement;
        private final Batch batch;
        private final Cancellation cancellation;
        private boolean done;
        private @Nullable Throwable failure;

        Request(Placement placement, Batch batch, Cancellation cancellation) {
            this.placement = placement;
            this.batch = batch;
            this.cancellation = cancellation;
        }
    }

    /**
     * @param platformThread computes for virtual threads
     * @param maxRows tokens of a step
     */
    Turns(PlatformThread platformThread, int maxRows) {
        this.platformThread = platformThread;
        this.maxRows = maxRows;
    }

    /** {@link Placement#forward}, when it is this caller's turn. */
    void forward(Placement placement, Batch batch, Cancellation cancellation) {
        var request = new Request(placement, batch, cancellation);
        lock.lock();
        try {
            queue.add(request);
            while (!request.done) {
                if (busy) {
                    turned.awaitUninterruptibly();
                } else {
                    takeTurn();
                }
            }
        } finally {
            lock.unlock();
        }
        switch (request.failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Runs whoever is first, with company. The lock is held before and after, not meanwhile. */
    private void takeTurn() {
        List<Request> group = first();
        busy = true;
        lock.unlock();
        try {
            platformThread.run(() -> run(group));
        } finally {
            lock.lock();
            busy = false;
            for (Request request : group) {
                request.done = true;
            }
            turned.signalAll();
        }
    }

    /** Takes the first request out of the queue, and the next ones that fit into a step with it. */
    private List<Request> first() {
        Request first = queue.remove();
        List<Request> group = new ArrayList<>();
        group.add(first);
        int rows = first.batch.size();
        for (Iterator<Request> waiting = queue.iterator(); waiting.hasNext() && rows < maxRows; ) {
            Request next = waiting.next();
            if (next.placement == first.placement && rows + next.batch.size() <= maxRows) {
                waiting.remove();
                group.add(next);
                rows += next.batch.size();
            }
        }
        return group;
    }

    private void run(List<Request> group) {
        List<Request> live = new ArrayList<>(group.size());
        for (Request request : group) {
            if (request.cancellation.isCancelled()) {
                request.failure = new CancellationException("cancelled");
            } else {
                live.add(request);
            }
        }
        if (live.size() == 1) {
            runAlone(live.getFirst());
        } else if (!live.isEmpty()) {
            runTogether(live);
        }
    }

    private static void runAlone(Request request) {
        try {
            request.placement.forward(request.batch, request.cancellation);
        } catch (RuntimeException | Error e) {
            request.failure = e;
        }
    }

    private void runTogether(List<Request> live) {
        Placement placement = live.getFirst().placement;
        try {
            live.forEach(request -> append(request.batch));
            placement.forward(together, Cancellation.NEVER);
        } catch (RuntimeException | Error e) {
            if (placement.hasFailed()) {
                live.forEach(request -> request.failure = e);
            } else {
                // there was no memory for one of them; it is a single step, so nothing was computed for any
                live.forEach(Turns::runAlone);
            }
        } finally {
            together.clear();
        }
    }

    private void append(Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            together.add(batch.sequence(i), batch.position(i), batch.token(i), batch.target(i));
        }
    }
}
