package bitnet.server;

import bitnet.Completion;
import bitnet.ModelInfo;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What the server has done, in the text format of Prometheus (exposition format 0.0.4). Thread-safe. */
final class Metrics {
    private static final double[] SECONDS = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder cachedTokens = new LongAdder();
    private final LongAdder completionTokens = new LongAdder();
    private final LongAdder[] firstToken = new LongAdder[SECONDS.length + 1];
    private final LongAdder firstTokenMicros = new LongAdder();

    Metrics() {
        for (int i = 0; i < firstToken.length; i++) {
            firstToken[i] = new LongAdder();
        }
    }

    void begin() {
        running.incrementAndGet();
    }

    void end(String path, int status) {
        running.decrementAndGet();
        count(path, status);
    }

    /** Counts a request that was refused before it began. */
    void count(String path, int status) {
        requests.computeIfAbsent("path=\"" + path + "\",status=\"" + status + "\"", _ -> new LongAdder())
                .increment();
    }

    void embedded(int tokens) {
        promptTokens.add(tokens);
    }

    void completed(Completion completion) {
        promptTokens.add(completion.usage().promptTokens());
        cachedTokens.add(completion.usage().cachedTokens());
        completionTokens.add(completion.usage().completionTokens());
        double seconds = completion.timings().firstToken().toNanos() / 1e9;
        int bucket = 0;
        while (bucket < SECONDS.length && seconds > SECONDS[bucket]) {
            bucket++;
        }
        firstToken[bucket].increment();
        firstTokenMicros.add((long) (seconds * 1e6));
    }

    byte[] text(ModelInfo info) {
        var text = new StringBuilder();
        String labels = "{model=\"" + escaped(info.name()) + "\",device=\"" + info.device() + "\",backend=\""
                + escaped(info.backend()) + "\"}";
        value(text, "bitnet_model_info", "gauge", "The model and where it runs.", labels, 1);
        value(text, "bitnet_model_memory_bytes", "gauge", "Bytes of the model on its device.", "", info.memoryBytes());
        value(text, "bitnet_requests_running", "gauge", "Requests under way.", "", running.get());
        head(text, "bitnet_requests_total", "counter", "Requests answered, by path and status.");
        new TreeMap<>(requests)
                .forEach((label, count) -> line(text, "bitnet_requests_total", "{" + label + "}", count.sum()));
        value(text, "bitnet_prompt_tokens_total", "counter", "Tokens of prompts.", "", promptTokens.sum());
        value(
                text,
                "bitnet_cached_tokens_total",
                "counter",
                "Tokens of prompts not computed again.",
                "",
                cachedTokens.sum());
        value(text, "bitnet_completion_tokens_total", "counter", "Tokens generated.", "", completionTokens.sum());
        String histogram = "bitnet_first_token_seconds";
        head(text, histogram, "histogram", "Time from a request's turn to its first token.");
        long sum = 0;
        for (int i = 0; i < firstToken.length; i++) {
            sum += firstToken[i].sum();
            String limit = i < SECONDS.length ? String.valueOf(SECONDS[i]) : "+Inf";
            line(text, histogram + "_bucket", "{le=\"" + limit + "\"}", sum);
        }
        text.append(histogram)
                .append("_sum ")
                .append(firstTokenMicros.sum() / 1e6)
                .append('\n');
        line(text, histogram + "_count", "", sum);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void value(StringBuilder text, String name, String type, String help, String labels, long value) {
        head(text, name, type, help);
        line(text, name, labels, value);
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void line(StringBuilder text, String name, String labels, long value) {
        text.append(name).append(labels).append(' ').append(value).append('\n');
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
