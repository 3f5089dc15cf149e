package bitnet.engine;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs work on a platform thread where the caller is a virtual one. A native call pins a virtual thread's carrier, and there
 * are only as many carriers as processors: four generations could stop every virtual thread of an application. A platform
 * thread computes itself, without a hand-over. One thread is enough for a model, since a device computes one step at a time.
 */
final class PlatformThread implements AutoCloseable {
    private final ThreadPoolExecutor executor;

    PlatformThread(String name) {
        executor = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name(name).factory());
        executor.allowCoreThreadTimeOut(true);
    }

    /** Runs the task and waits for it, interrupted or not; an interrupt stays pending. */
    void run(Runnable task) {
        if (!Thread.currentThread().isVirtual()) {
            task.run();
            return;
        }
        var future = new FutureTask<>(task, null);
        executor.execute(future);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    future.get();
                    return;
                } catch (InterruptedException _) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw unchecked(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unchecked(@Nullable Throwable cause) {
        switch (cause) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IllegalStateException(cause);
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
