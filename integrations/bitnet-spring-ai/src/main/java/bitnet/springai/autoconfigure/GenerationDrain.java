package bitnet.springai.autoconfigure;

import bitnet.Model;
import bitnet.ModelStats;
import java.time.Duration;
import org.springframework.context.SmartLifecycle;

/**
 * Lets generations that run come to their end before the model is closed: after web servers have stopped, and for as long as
 * {@code spring.lifecycle.timeout-per-shutdown-phase} allows.
 */
final class GenerationDrain implements SmartLifecycle {
    // those of Boot's web servers are 1024 and 2048 before the default phase
    private static final int PHASE = DEFAULT_PHASE - 3072;
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Model model;
    private volatile boolean running;

    GenerationDrain(Model model) {
        this.model = model;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop(Runnable stopped) {
        Thread.ofVirtual().name("bitnet-drain").start(() -> {
            drain();
            running = false;
            stopped.run();
        });
    }

    private void drain() {
        try {
            for (ModelStats stats = model.stats(); stats.running() + stats.queued() > 0; stats = model.stats()) {
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException _) {
            // closed by the application itself
        }
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
