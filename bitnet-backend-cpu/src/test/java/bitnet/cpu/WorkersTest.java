package bitnet.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That a task runs once on each worker, that every failure arrives, and that nothing ever hangs. */
@Timeout(60)
class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 16})
    void everyWorkerRunsEveryTaskOnce(int count) {
        try (Workers workers = new Workers(count)) {
            assertThat(workers.count()).isEqualTo(count);
            int[] runs = new int[count];
            for (int i = 1; i <= 2000; i++) {
                workers.run(worker -> runs[worker]++);
                assertThat(runs).containsOnly(i);
            }
        }
    }

    @Test
    void theCallerIsWorkerZeroAndTheOthersAreDaemons() {
        try (Workers workers = new Workers(3)) {
            Thread[] threads = new Thread[3];
            workers.run(worker -> threads[worker] = Thread.currentThread());
            assertThat(threads[0]).isSameAs(Thread.currentThread());
            assertThat(threads[1].isDaemon()).isTrue();
            assertThat(threads[1]).isNotSameAs(threads[2]);
        }
    }

    @Test
    void piecesAreTakenOnceEach() {
        try (Workers workers = new Workers(4)) {
            for (int round = 0; round < 200; round++) {
                var taken = new AtomicIntegerArray(100);
                workers.run(worker -> {
                    for (int piece = workers.take(100); piece >= 0; piece = workers.take(100)) {
                        taken.incrementAndGet(piece);
                    }
                });
                for (int i = 0; i < 100; i++) {
                    assertThat(taken.get(i)).isOne();
                }
            }
        }
    }

    @Test
    void wakesParkedWorkers() throws Exception {
        try (Workers workers = new Workers(3)) {
            Thread[] threads = new Thread[3];
            workers.run(worker -> threads[worker] = Thread.currentThread());
            for (int i = 0; i < 3; i++) {
                while (threads[1].getState() != Thread.State.WAITING || threads[2].getState() != Thread.State.WAITING) {
                    Thread.sleep(1);
                }
                int[] runs = new int[3];
                workers.run(worker -> runs[worker]++);
                assertThat(runs).containsOnly(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFailureReachesTheCallerWhenAllAreDone(int failing) {
        try (Workers workers = new Workers(3)) {
            var failure = new IllegalArgumentException("worker " + failing);
            boolean[] finished = new boolean[3];
            assertThatThrownBy(() -> workers.run(worker -> {
                        if (worker == failing) {
                            throw failure;
                        }
                        sleep(20);
                        finished[worker] = true;
                    }))
                    .isSameAs(failure);
            finished[failing] = true;
            assertThat(finished).containsOnly(true);
            int[] runs = new int[3];
            workers.run(worker -> runs[worker]++);
            assertThat(runs).containsOnly(1);
        }
    }

    @Test
    void otherFailuresAreSuppressedInTheFirst() {
        try (Workers workers = new Workers(4)) {
            assertThatThrownBy(() -> workers.run(worker -> {
                        throw new StackOverflowError("worker " + worker);
                    }))
                    .isInstanceOf(StackOverflowError.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).hasSize(3));
        }
    }

    @Test
    void aTaskCannotRunATaskOnItsOwnWorkers() {
        try (Workers workers = new Workers(2);
                Workers others = new Workers(2)) {
            Runnable closing = workers::close;
            for (int nesting : new int[] {0, 1}) {
                assertThatThrownBy(() -> workers.run(worker -> {
                            if (worker == nesting) {
                                workers.run(ignored -> {});
                            }
                        }))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> workers.run(worker -> {
                            if (worker == nesting) {
                                closing.run();
                            }
                        }))
                        .isInstanceOf(IllegalStateException.class);
            }
            int[] runs = new int[2];
            workers.run(worker -> {
                if (worker == 1) {
                    others.run(other -> runs[other]++);
                }
            });
            assertThat(runs).containsOnly(1);
        }
    }

    @Test
    void anInterruptIsKeptAndDoesNotEndTheWait() {
        try (Workers workers = new Workers(2)) {
            var done = new AtomicBoolean();
            Thread.currentThread().interrupt();
            workers.run(worker -> {
                if (worker == 1) {
                    sleep(50);
                    done.set(true);
                }
            });
            assertThat(done).isTrue();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void anInterruptedWorkerGoesOn() throws Exception {
        try (Workers workers = new Workers(2)) {
            Thread[] threads = new Thread[2];
            workers.run(worker -> threads[worker] = Thread.currentThread());
            for (int i = 0; i < 5; i++) {
                threads[1].interrupt();
                Thread.sleep(5);
                int[] runs = new int[2];
                workers.run(worker -> runs[worker]++);
                assertThat(runs).containsOnly(1);
            }
        }
    }

    @Test
    void closeEndsTheThreads() throws Exception {
        Thread[] threads = new Thread[3];
        Workers workers = new Workers(3);
        workers.run(worker -> threads[worker] = Thread.currentThread());
        workers.close();
        workers.close();
        assertThat(threads[1].join(Duration.ofSeconds(30))).isTrue();
        assertThat(threads[2].join(Duration.ofSeconds(30))).isTrue();
        assertThatThrownBy(() -> workers.run(worker -> {})).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closeWaitsForARunningTask() throws Exception {
        Workers workers = new Workers(2);
        var started = new CountDownLatch(2);
        var finished = new AtomicIntegerArray(2);
        var failure = new AtomicReference<Throwable>();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                workers.run(worker -> {
                    started.countDown();
                    sleep(50);
                    finished.set(worker, 1);
                });
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        started.await();
        workers.close();
        assertThat(finished.get(0) + finished.get(1)).isEqualTo(2);
        caller.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void callersTakeTurns() throws Exception {
        try (Workers workers = new Workers(2)) {
            int[] sum = new int[2];
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                callers.add(Thread.ofVirtual().start(() -> {
                    for (int n = 0; n < 500; n++) {
                        workers.run(worker -> sum[worker]++);
                    }
                }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(sum).containsOnly(2000);
        }
    }

    @Test
    void poolsSideBySideBothFinish() throws Exception {
        int[] sums = new int[4];
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int pool = i;
            callers.add(Thread.ofPlatform().start(() -> {
                try (Workers workers = new Workers(2)) {
                    for (int n = 0; n < 1000; n++) {
                        workers.run(worker -> sums[2 * pool + worker]++);
                    }
                }
            }));
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(sums).containsOnly(1000);
    }

    @Test
    void runAllocatesNothing() {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        try (Workers workers = new Workers(2)) {
            int[] runs = new int[64];
            Workers.Task task = worker -> runs[worker * 32]++;
            for (int i = 0; i < 20_000; i++) {
                workers.run(task);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                workers.run(task);
            }
            // Waiting may put a node into a queue now and then; a run as such has nothing to allocate.
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
        }
    }

    private static void sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            long end = System.nanoTime() + milliseconds * 1_000_000L;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }
    }
}
