package bitnet.server;

import bitnet.Completion;
import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.ModelInfo;
import bitnet.ModelStats;
import bitnet.Timings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What the server and its models have done. Thread-safe. */
final class Metrics {
    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();
    private final Histogram firstToken = new Histogram(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);
    private final Histogram nextToken = new Histogram(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1);

    void begin() {
        running.incrementAndGet();
    }

    void end(String path, int status) {
        running.decrementAndGet();
        count(path, status);
    }

    /** Counts a request that was refused before it began. */
    void count(String path, int status) {
        String labels = MetricsText.label("path", path) + "," + MetricsText.label("status", String.valueOf(status));
        requests.computeIfAbsent(labels, _ -> new LongAdder()).increment();
    }

    void completed(Completion completion) {
        Timings timings = completion.timings();
        firstToken.add(timings.firstToken());
        if (timings.decodeTokens() > 0) {
            nextToken.add(timings.decode().dividedBy(timings.decodeTokens()));
        }
    }

    byte[] text(Model model, @Nullable EmbeddingModel embeddings) {
        var text = new MetricsText();
        text.head("bitnet_requests_running", "gauge", "Requests under way.");
        text.line("bitnet_requests_running", "", running.get());
        text.head("bitnet_requests_total", "counter", "Requests answered, by path and status.");
        new TreeMap<>(requests).forEach((labels, count) -> text.line("bitnet_requests_total", labels, count.sum()));
        String labels = labels(model.info());
        text.head("bitnet_first_token_seconds", "histogram", "Time from a generation's turn to its first token.");
        firstToken.write(text, "bitnet_first_token_seconds", labels);
        text.head("bitnet_next_token_seconds", "histogram", "Mean time from one token of an answer to the next.");
        nextToken.write(text, "bitnet_next_token_seconds", labels);
        Map<ModelInfo, ModelStats> models = new LinkedHashMap<>();
        models.put(model.info(), model.stats());
        if (embeddings != null) {
            models.put(embeddings.info(), embeddings.stats());
        }
        models(text, models);
        return text.bytes();
    }

    private static void models(MetricsText text, Map<ModelInfo, ModelStats> models) {
        text.head("bitnet_model_memory_bytes", "gauge", "Bytes of the model on its device.");
        models.keySet().forEach(info -> text.line("bitnet_model_memory_bytes", labels(info), info.memoryBytes()));
        gauge(text, models, "bitnet_generations_running", "Generations that run.", ModelStats::running);
        gauge(text, models, "bitnet_generations_queued", "Generations that wait.", ModelStats::queued);
        gauge(text, models, "bitnet_kv_bytes", "Bytes of keys and values that are held.", ModelStats::kvBytes);
        gauge(text, models, "bitnet_kv_cached_bytes", "Those kept for texts to come.", ModelStats::cachedBytes);
        counter(text, models, "bitnet_prompt_tokens_total", "Tokens of prompts.", ModelStats::promptTokens);
        counter(text, models, "bitnet_cached_tokens_total", "Those found in a cache.", ModelStats::cachedTokens);
        counter(text, models, "bitnet_completion_tokens_total", "Tokens generated.", ModelStats::completionTokens);
        counter(text, models, "bitnet_steps_total", "Steps computed.", ModelStats::steps);
        counter(text, models, "bitnet_rows_total", "Tokens computed in steps.", ModelStats::rows);
    }

    private static void gauge(
            MetricsText text,
            Map<ModelInfo, ModelStats> models,
            String name,
            String help,
            ToDoubleFunction<ModelStats> value) {
        text.head(name, "gauge", help);
        models.forEach((info, stats) -> text.line(name, labels(info), value.applyAsDouble(stats)));
    }

    private static void counter(
            MetricsText text,
            Map<ModelInfo, ModelStats> models,
            String name,
            String help,
            ToDoubleFunction<ModelStats> value) {
        text.head(name, "counter", help);
        models.forEach((info, stats) -> text.line(name, labels(info), value.applyAsDouble(stats)));
    }

    private static String labels(ModelInfo info) {
        return MetricsText.label("model", info.name()) + ","
                + MetricsText.label("device", info.device().label()) + ","
                + MetricsText.label("backend", info.backend());
    }
}
