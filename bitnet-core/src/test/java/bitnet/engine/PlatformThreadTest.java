package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class PlatformThreadTest {
    private final PlatformThread platformThread = new PlatformThread("worker");

    @Test
    void platformThreadsComputeThemselves() {
        var worker = new AtomicReference<Thread>();
        platformThread.run(() -> worker.set(Thread.currentThread()));
        assertThat(worker.get()).isSameAs(Thread.currentThread());
    }

    @Test
    void virtualThreadsHandOver() throws Exception {
        var worker = new AtomicReference<Thread>();
        Thread.ofVirtual()
                .start(() -> platformThread.run(() -> worker.set(Thread.currentThread())))
                .join();
        assertThat(worker.get().isVirtual()).isFalse();
        assertThat(worker.get().isDaemon()).isTrue();
        assertThat(worker.get().getName()).isEqualTo("worker");
    }

    @Test
    void failuresComeOutAsTheyAre() throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> runtime = executor.submit(() -> platformThread.run(() -> {
                throw new IllegalArgumentException("oops");
            }));
            assertThatThrownBy(runtime::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseExactlyInstanceOf(IllegalArgumentException.class);
            Future<?> error = executor.submit(() -> platformThread.run(() -> {
                throw new StackOverflowError("oops");
            }));
            assertThatThrownBy(error::get).hasCauseExactlyInstanceOf(StackOverflowError.class);
        }
    }

    @Test
    void anInterruptStaysPendingAndTheWorkIsFinished() throws Exception {
        var started = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var done = new AtomicReference<String>();
        Thread waiting = Thread.ofVirtual().start(() -> {
            platformThread.run(() -> {
                started.countDown();
                TokenGenerationTest.await(goOn);
                done.set("work");
            });
            done.set(done.get() + (Thread.currentThread().isInterrupted() ? ", interrupted" : ""));
        });
        started.await();
        waiting.interrupt();
        waiting.join(java.time.Duration.ofMillis(50));
        assertThat(waiting.isAlive()).isTrue();
        goOn.countDown();
        waiting.join();
        assertThat(done.get()).isEqualTo("work, interrupted");
    }
}
