package bitnet.server;

import bitnet.EmbeddingModel;
import bitnet.Model;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a model by HTTP as OpenAI's clients expect it: {@code /v1/chat/completions}, {@code /v1/completions} and
 * {@code /v1/models}, {@code /v1/embeddings} where there is a model for them, with {@code /health/live}, {@code /health/ready}, {@code /metrics}, {@code /openapi.json} and a page to chat with at {@code /}.
 * Every request has a virtual thread. What messages say is never logged. Thread-safe.
 */
public final class BitNetServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BitNetServer.class);

    private final Model model;
    private final @Nullable EmbeddingModel embeddings;
    private final ServerOptions options;
    private final String name;
    private final Metrics metrics = new Metrics();
    private final Semaphore places;
    private final WebServer server;
    private volatile boolean closing;

    private BitNetServer(Model model, @Nullable EmbeddingModel embeddings, ServerOptions options) {
        this.model = model;
        this.embeddings = embeddings;
        this.options = options;
        this.name = options.modelName().isEmpty() ? model.info().name() : options.modelName();
        this.places = new Semaphore(options.maxWaiting());
        this.server = WebServer.builder()
                .host(options.host())
                .port(options.port())
                .shutdownHook(false)
                // close() waits for requests itself; a connection that only idles is not waited for
                .shutdownGracePeriod(Duration.ofSeconds(1))
                .routing(this::routes)
                .build();
    }

    /**
     * Starts to serve. The model stays its owner's.
     *
     * @throws IllegalStateException if the address cannot be listened on
     */
    public static BitNetServer start(Model model, ServerOptions options) {
        return start(model, null, options);
    }

    /**
     * Starts to serve a model, and another one for embeddings. Both stay their owner's.
     *
     * @param embeddings answers {@code /v1/embeddings}; null for none
     * @throws IllegalStateException if the address cannot be listened on
     */
    public static BitNetServer start(Model model, @Nullable EmbeddingModel embeddings, ServerOptions options) {
        var server = new BitNetServer(model, embeddings, options);
        server.server.start();
        LOG.info("serving {} at {}", server.name, server.address());
        return server;
    }

    /** The port. */
    public int port() {
        return server.port();
    }

    /** Where it is to be found, such as {@code http://127.0.0.1:8080}. */
    public String address() {
        String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        return "http://" + host + ":" + port();
    }

    private void routes(HttpRouting.Builder routing) {
        var chat = new ChatCompletions(model, name, metrics);
        var completions = new Completions(model, name, metrics);
        var vectors = new Embeddings(embeddings);
        routing.post("/v1/embeddings", guarded("/v1/embeddings", vectors::answer))
                .post("/v1/chat/completions", guarded("/v1/chat/completions", chat::answer))
                .post("/v1/completions", guarded("/v1/completions", completions::answer))
                .get("/v1/models", guarded("/v1/models", this::models))
                .get("/v1/models/{id}", guarded("/v1/models", this::model))
                .get("/health/live", open(exchange -> health(exchange, true)))
                .get("/health/ready", open(exchange -> health(exchange, !closing)))
                .get("/health", open(exchange -> health(exchange, !closing)))
                .get("/metrics", guarded("/metrics", this::metrics))
                .get("/openapi.json", open(exchange -> resource(exchange, "openapi.json", "application/json")))
                .get("/", open(exchange -> {
                    exchange.respondHeader("Content-Security-Policy", "default-src 'self' 'unsafe-inline'");
                    resource(exchange, "chat.html", "text/html; charset=utf-8");
                }));
    }

    private Handler open(Consumer<Exchange> action) {
        return (request, response) -> answer(request, response, action);
    }

    /** With a key, and within the limit of requests. */
    private Handler guarded(String path, Consumer<Exchange> action) {
        return (request, response) -> answer(request, response, exchange -> limited(path, exchange, action));
    }

    private void answer(ServerRequest request, ServerResponse response, Consumer<Exchange> action) {
        var exchange = new HelidonExchange(request, response, options.maxBody());
        try {
            action.accept(exchange);
        } catch (RequestException e) {
            if (exchange.hasBegun()) {
                LOG.debug("an answer broke off", e);
                return;
            }
            exchange.send(e.status(), "application/json", JsonText.of(e::write));
        }
    }

    private void limited(String path, Exchange exchange, Consumer<Exchange> action) {
        requireKey(path, exchange);
        if (closing || !places.tryAcquire()) {
            int status = closing ? 503 : 429;
            metrics.count(path, status);
            exchange.respondHeader("Retry-After", "1");
            throw new RequestException(
                    status,
                    closing ? "server_error" : "rate_limit_error",
                    closing ? "the server is closing" : options.maxWaiting() + " requests are under way",
                    null,
                    null);
        }
        int status = 200;
        metrics.begin();
        try {
            action.accept(exchange);
        } catch (RuntimeException e) {
            RequestException failure = Failure.of(e);
            status = failure.status();
            if (status == 429 || status == 503) {
                exchange.respondHeader("Retry-After", "1");
            }
            throw failure;
        } finally {
            places.release();
            metrics.end(path, status);
        }
    }

    private void requireKey(String path, Exchange exchange) {
        if (options.apiKeys().isEmpty()) {
            return;
        }
        byte[] given = exchange.header("Authorization").getBytes(StandardCharsets.UTF_8);
        boolean known = false;
        for (String key : options.apiKeys()) {
            // compares in the same time whatever is given
            known |= MessageDigest.isEqual(given, ("Bearer " + key).getBytes(StandardCharsets.UTF_8));
        }
        if (!known) {
            metrics.count(path, 401);
            throw new RequestException(
                    401, "authentication_error", "the API key is missing or wrong", null, "invalid_api_key");
        }
    }

    private void models(Exchange exchange) {
        exchange.send(
                200,
                "application/json",
                JsonText.of(json -> json.object(() -> {
                    json.field("object", "list");
                    json.array("data", () -> json.object(() -> describe(json)));
                })));
    }

    private void model(Exchange exchange) {
        if (!exchange.parameter("id").equals(name)) {
            throw new RequestException(
                    404, "invalid_request_error", "there is one model here: " + name, "model", "model_not_found");
        }
        exchange.send(200, "application/json", JsonText.of(json -> json.object(() -> describe(json))));
    }

    private void describe(JsonText json) {
        json.field("id", name);
        json.field("object", "model");
        json.field("created", 0);
        json.field("owned_by", "bitnet");
        json.field("device", model.info().device().toString());
        json.field("context_length", model.info().contextLength());
    }

    private void metrics(Exchange exchange) {
        exchange.send(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text(model, embeddings));
    }

    private static void health(Exchange exchange, boolean well) {
        exchange.send(
                well ? 200 : 503,
                "application/json",
                JsonText.of(json -> json.object(() -> json.field("status", well ? "UP" : "DOWN"))));
    }

    private static void resource(Exchange exchange, String name, String type) {
        try (InputStream content = BitNetServer.class.getResourceAsStream(name)) {
            if (content == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            exchange.send(200, type, content.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Refuses new requests, waits for those under way for {@link ServerOptions#drain()}, and stops. */
    @Override
    public void close() {
        closing = true;
        try {
            if (places.tryAcquire(options.maxWaiting(), options.drain().toMillis(), TimeUnit.MILLISECONDS)) {
                places.release(options.maxWaiting());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        server.stop();
    }
}
