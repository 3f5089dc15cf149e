package bitnet.springai;

import bitnet.Model;
import bitnet.ModelInfo;
import bitnet.ModelStats;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Up with the model's device and load; down once it is closed. It computes nothing. Thread-safe. */
public final class BitNetHealthIndicator extends AbstractHealthIndicator {
    private final Model model;

    public BitNetHealthIndicator(Model model) {
        super("The model is closed");
        this.model = model;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        model.defaultOptions(); // throws once the model is closed
        ModelStats stats = model.stats();
        ModelInfo info = model.info();
        health.up()
                .withDetail("model", info.name())
                .withDetail("device", info.device().label())
                .withDetail("backend", info.backend())
                .withDetail("running", stats.running())
                .withDetail("queued", stats.queued());
    }
}
