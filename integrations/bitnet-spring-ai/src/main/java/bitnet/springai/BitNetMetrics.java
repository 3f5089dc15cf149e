package bitnet.springai;

import bitnet.Model;
import bitnet.ModelInfo;
import bitnet.ModelStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToDoubleFunction;
import org.springframework.ai.chat.observation.ChatModelObservationContext;

/**
 * Meters of a model, with its name and device as tags: generations that run and wait, tokens, steps, memory of keys and values, cache
 * hits, and the time to the first token of answers that are observed. Thread-safe.
 */
public final class BitNetMetrics implements MeterBinder, ObservationHandler<ChatModelObservationContext> {
    private final Model model;
    private final Tags tags;
    private final List<Timer> firstToken = new CopyOnWriteArrayList<>();

    public BitNetMetrics(Model model) {
        ModelInfo info = model.info();
        this.model = model;
        this.tags = Tags.of("model", info.name(), "device", info.device().label());
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, "bitnet.generations.running", ModelStats::running, "Generations that run");
        gauge(registry, "bitnet.generations.queued", ModelStats::queued, "Generations that wait for others");
        gauge(registry, "bitnet.kv.bytes", ModelStats::kvBytes, "Bytes of keys and values that are held");
        gauge(
                registry,
                "bitnet.kv.cached.bytes",
                ModelStats::cachedBytes,
                "Bytes of them that are kept for texts to come");
        counter(registry, "bitnet.tokens.prompt", ModelStats::promptTokens, "Tokens of prompts");
        counter(registry, "bitnet.tokens.cached", ModelStats::cachedTokens, "Tokens of prompts that were in a cache");
        counter(registry, "bitnet.tokens.completion", ModelStats::completionTokens, "Tokens that were generated");
        counter(registry, "bitnet.steps", ModelStats::steps, "Steps that were computed");
        counter(registry, "bitnet.rows", ModelStats::rows, "Tokens that were computed in steps");
        firstToken.add(Timer.builder("bitnet.first.token")
                .tags(tags)
                .description("Time to the first token")
                .publishPercentileHistogram()
                .register(registry));
    }

    private void gauge(MeterRegistry registry, String name, ToDoubleFunction<ModelStats> value, String description) {
        Gauge.builder(name, model, of -> value.applyAsDouble(of.stats()))
                .tags(tags)
                .description(description)
                .register(registry);
    }

    private void counter(MeterRegistry registry, String name, ToDoubleFunction<ModelStats> value, String description) {
        FunctionCounter.builder(name, model, of -> value.applyAsDouble(of.stats()))
                .tags(tags)
                .description(description)
                .register(registry);
    }

    @Override
    public void onStop(ChatModelObservationContext context) {
        if (context.getResponse() != null
                && context.getResponse().getMetadata().get("firstToken") instanceof Duration time) {
            firstToken.forEach(timer -> timer.record(time));
        }
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof ChatModelObservationContext chat
                && chat.getOperationMetadata().provider().equals(BitNetChatModel.PROVIDER);
    }
}
