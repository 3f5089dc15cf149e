package bitnet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Model;
import bitnet.demo.DemoModel;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.StructuredChatCompletionCreateParams;
import com.openai.models.completions.CompletionCreateParams;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server with the demo model, asked by OpenAI's own client for Java and by plain HTTP. */
@Timeout(120)
@SuppressWarnings("deprecation") // clients still send a seed
class BitNetServerTest {
    private static final String SUM = "What is 27 + 48?";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static Model model;
    private static BitNetServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        model = Model.load(DemoModel.file());
        server = BitNetServer.start(
                model,
                ServerOptions.defaults()
                        .withPort(0)
                        .withApiKeys(List.of("one", "two"))
                        .withMaxBody(64 << 10)
                        .withModelName("demo"));
        client = client("two");
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        model.close();
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(server.address() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat(String text) {
        return ChatCompletionCreateParams.builder().model("demo").temperature(0).addUserMessage(text);
    }

    @Test
    void answersChats() {
        ChatCompletion answer = client.chat().completions().create(chat(SUM).build());
        answer.validate();
        assertThat(answer.choices().getFirst().message().content()).contains("27 + 48 = 75.");
        assertThat(answer.choices().getFirst().finishReason().asString()).isEqualTo("stop");
        assertThat(answer.usage().orElseThrow().completionTokens()).isPositive();
        assertThat(answer.model()).isEqualTo("demo");
    }

    @Test
    void streamsTheSameAnswer() {
        var options = ChatCompletionStreamOptions.builder().includeUsage(true).build();
        List<ChatCompletionChunk> chunks;
        try (var stream = client.chat()
                .completions()
                .createStreaming(chat(SUM).streamOptions(options).build())) {
            chunks = stream.stream().toList();
        }
        String text = chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .flatMap(choice -> choice.delta().content().stream())
                .collect(Collectors.joining());
        assertThat(text).isEqualTo("27 + 48 = 75.");
        assertThat(chunks.getLast().choices()).isEmpty();
        assertThat(chunks.getLast().usage().orElseThrow().completionTokens()).isPositive();
    }

    @Test
    void severalChoicesLogprobsStopAndLimit() {
        ChatCompletion answer = client.chat()
                .completions()
                .create(chat("Tell me a story.")
                        .temperature(1)
                        .seed(7)
                        .n(3)
                        .logprobs(true)
                        .topLogprobs(2)
                        .maxCompletionTokens(12)
                        .build());
        assertThat(answer.choices()).hasSize(3);
        assertThat(answer.choices().stream()
                        .map(c -> c.message().content().orElseThrow())
                        .distinct())
                .hasSizeGreaterThan(1);
        var first = answer.choices().getFirst();
        assertThat(first.finishReason().asString()).isEqualTo("length");
        assertThat(first.logprobs().orElseThrow().content().orElseThrow())
                .hasSize(12)
                .allSatisfy(token -> {
                    assertThat(token.logprob()).isLessThanOrEqualTo(0);
                    assertThat(token.topLogprobs()).hasSize(2);
                });
        ChatCompletion stopped =
                client.chat().completions().create(chat(SUM).stop("=").build());
        assertThat(stopped.choices().getFirst().message().content()).contains("27 + 48 ");
    }

    /** What a client asks for with a class of its own. */
    public static class Animal {
        public String name = "";
        public int legs;
        public boolean wild;
    }

    @Test
    void answersInTheFormOfAClass() throws Exception {
        StructuredChatCompletionCreateParams<Animal> request = ChatCompletionCreateParams.builder()
                .model("demo")
                .temperature(1)
                .seed(1)
                .maxCompletionTokens(400)
                .addUserMessage("Tell me of a fox.")
                .responseFormat(Animal.class)
                .build();
        Animal animal = client.chat()
                .completions()
                .create(request)
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
        assertThat(animal.name).isNotNull();
        var schemaError =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"response_format\":{\"type\":\"json_schema\","
                        + "\"json_schema\":{\"name\":\"x\",\"schema\":{\"not\":{}}}}}";
        HttpResponse<String> refusal = post(schemaError);
        assertThat(refusal.statusCode()).isEqualTo(400);
        assertThat(refusal.body()).contains("'not' is not supported");
    }

    @Test
    void goesOnWithTexts() {
        var answer = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("demo")
                        .prompt("Once upon a time")
                        .maxTokens(8)
                        .temperature(0)
                        .build());
        assertThat(answer.choices().getFirst().text()).isNotEmpty();
        assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(8);
    }

    @Test
    void tellsItsModel() {
        assertThat(client.models().list().data())
                .singleElement()
                .satisfies(model -> assertThat(model.id()).isEqualTo("demo"));
        assertThat(client.models().retrieve("demo").id()).isEqualTo("demo");
        assertThatThrownBy(() -> client.models().retrieve("other")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void refusesWhatIsWrong() throws Exception {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat("word ".repeat(9000)).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("token");
        OpenAIClient stranger = client("three");
        assertThatThrownBy(() -> stranger.chat().completions().create(chat(SUM).build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
        assertThat(post("{").statusCode()).isEqualTo(400);
        assertThat(post("[]").statusCode()).isEqualTo(400);
        assertThat(post("{\"messages\":[]}").body()).contains("'messages' is missing or empty");
        assertThat(post("{\"messages\":[{\"role\":\"wizard\",\"content\":\"x\"}]}")
                        .body())
                .contains("messages[0].role");
        assertThat(post("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}")
                        .body())
                .contains("image_url");
        assertThat(post("{\"temperature\":3,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")
                        .body())
                .contains("\"param\":\"temperature\"");
        assertThat(post("{\"messages\":[{\"role\":\"user\",\"content\":\"" + "x".repeat(100_000) + "\"}]}")
                        .statusCode())
                .isEqualTo(413);
    }

    private static HttpResponse<String> post(String body) throws Exception {
        return HTTP.send(request("/v1/chat/completions", body), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest request(String path, String body) {
        return HttpRequest.newBuilder(URI.create(server.address() + path))
                .header("Authorization", "Bearer one")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static String get(String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.address() + path))
                .header("Authorization", "Bearer one")
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    @Test
    void tellsHealthMetricsAndHasAPage() throws Exception {
        client.chat().completions().create(chat(SUM).build());
        assertThat(get("/health/live")).contains("UP");
        assertThat(get("/health/ready")).contains("UP");
        assertThat(get("/metrics"))
                .contains("bitnet_requests_total{path=\"/v1/chat/completions\",status=\"200\"}")
                .containsPattern("bitnet_first_token_seconds_count\\{model=\".*\",device=\"cpu\",backend=\".*\"} [1-9]")
                .containsPattern("bitnet_next_token_seconds_bucket\\{.*,le=\"1.0\"} [1-9]")
                .containsPattern("bitnet_completion_tokens_total\\{.*} [1-9]")
                .containsPattern("bitnet_steps_total\\{.*} [1-9]")
                .containsPattern("bitnet_generations_queued\\{.*} 0")
                .containsPattern("bitnet_kv_cached_bytes\\{.*} [1-9]");
        assertThat(get("/")).contains("<title>bitnet</title>").doesNotContain("http://", "https://");
    }

    @Test
    void theOpenApiDocumentHasWhatIsServed() throws Exception {
        JsonNode document = new ObjectMapper().readTree(get("/openapi.json"));
        assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
        for (var path : document.path("paths").properties()) {
            String method = path.getValue().fieldNames().next().toUpperCase(Locale.ROOT);
            var request = HttpRequest.newBuilder(
                            URI.create(server.address() + path.getKey().replace("{id}", "demo")))
                    .header("Authorization", "Bearer one")
                    .method(method, HttpRequest.BodyPublishers.ofString(method.equals("POST") ? "{}" : ""))
                    .build();
            int status =
                    HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            // no embeddings are served here
            boolean absent = path.getKey().equals("/v1/embeddings");
            assertThat(status).as(path.getKey()).isEqualTo(absent ? 404 : method.equals("POST") ? 400 : 200);
        }
        for (JsonNode reference : document.findValues("$ref")) {
            assertThat(document.at(reference.asText().substring(1)).isMissingNode())
                    .as(reference.asText())
                    .isFalse();
        }
    }

    @Test
    void aClientThatLeavesEndsItsGeneration() throws Exception {
        String body =
                "{\"stream\":true,\"temperature\":1,\"max_tokens\":400,\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a long story.\"}]}";
        try (HttpClient own = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> answer =
                    own.send(request("/v1/chat/completions", body), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(answer.body().read()).isEqualTo('d');
            answer.body().close();
            own.shutdownNow();
        }
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!get("/metrics").contains("bitnet_requests_running 1\n")) { // this request itself
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(50);
        }
    }

    @Test
    void manyAtOnceGetTheSameAnswerAsAlone() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                tasks.add(() -> client.chat()
                        .completions()
                        .create(chat(SUM).build())
                        .choices()
                        .getFirst()
                        .message()
                        .content()
                        .orElse(""));
            }
            for (Future<String> answer : threads.invokeAll(tasks)) {
                assertThat(answer.get()).isEqualTo("27 + 48 = 75.");
            }
        }
    }

    @Test
    void refusesWhatIsTooManyAndDrains() throws Exception {
        BitNetServer small = BitNetServer.start(
                model, ServerOptions.defaults().withPort(0).withMaxWaiting(1).withDrain(Duration.ofMinutes(2)));
        // a list that may not end before the context is full
        String body =
                "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Count.\"}],\"response_format\":{\"type\":"
                        + "\"json_schema\",\"json_schema\":{\"name\":\"list\",\"schema\":{\"type\":\"array\",\"minItems\":5000,\"items\":"
                        + "{\"type\":\"integer\"}}}}}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(small.address() + "/v1/chat/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<InputStream> first = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
        HttpResponse<String> second = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(second.statusCode()).isEqualTo(429);
        assertThat(second.headers().firstValue("Retry-After")).contains("1");
        Thread closing = Thread.ofVirtual().start(small::close);
        assertThat(new String(first.body().readAllBytes(), StandardCharsets.UTF_8))
                .endsWith("data: [DONE]\n\n");
        closing.join();
    }
}
