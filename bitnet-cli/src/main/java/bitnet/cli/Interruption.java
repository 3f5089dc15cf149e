package bitnet.cli;

import bitnet.spi.Cancellation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Ctrl-C, or another request to end: tells what runs to stop. Thread-safe. */
final class Interruption implements Cancellation {
    private final List<Runnable> listeners = new ArrayList<>();
    private volatile boolean interrupted;

    private volatile boolean idle;

    /** Something that waits for input. */
    @FunctionalInterface
    interface Wait<T> {
        T forInput() throws IOException;
    }

    @Override
    public boolean isCancelled() {
        return interrupted;
    }

    /** Runs {@code listener} when the interruption comes, at once if it has come already. */
    void onInterrupt(Runnable listener) {
        synchronized (listeners) {
            if (!interrupted) {
                listeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    /** Waits for input. Who interrupts meanwhile need not wait until it has come. */
    <T> T idle(Wait<T> wait) throws IOException {
        idle = true;
        try {
            return wait.forInput();
        } finally {
            idle = false;
        }
    }

    /** Whether nothing is done that would have to be brought to an end. */
    boolean isIdle() {
        return idle;
    }

    /** Asks everything to stop. Only the first call has an effect. */
    void interrupt() {
        List<Runnable> told;
        synchronized (listeners) {
            interrupted = true;
            told = List.copyOf(listeners);
            listeners.clear();
        }
        told.forEach(Runnable::run);
    }
}
