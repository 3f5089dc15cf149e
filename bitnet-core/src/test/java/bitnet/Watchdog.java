package bitnet;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * What a case of a fuzz test may take: time, and bytes that its thread allocates. A case that never ends is for the test's
 * own timeout.
 *
 * @param time from its beginning to its end
 * @param bytes allocated on the heap, whether or not they were freed on the way
 */
public record Watchdog(Duration time, long bytes) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Runs a case. */
    public void run(Supplier<String> what, Runnable work) {
        long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        work.run();
        long took = System.nanoTime() - start;
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - bytesBefore;
        if (took > time.toNanos() || allocated > bytes) {
            throw new AssertionError(what.get() + ": took " + took / 1_000_000 + " ms and " + allocated
                    + " bytes, expected at most " + time + " and " + bytes);
        }
    }
}
