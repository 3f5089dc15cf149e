package bitnet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.demo.DemoModel;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server, asked by LangChain4j's client for OpenAI: with the demo model, and with a tiny one of random weights. */
@Timeout(120)
class LangChain4jClientTest {
    private static final String SUM = "What is 27 + 48?";
    private static final JsonObjectSchema NUMBERS = JsonObjectSchema.builder()
            .addIntegerProperty("x")
            .addIntegerProperty("y")
            .required("x", "y")
            .additionalProperties(false)
            .build();

    private enum Served {
        DEMO,
        RANDOM;

        private BitNetServer server;
    }

    private static Model demo;
    private static Model random;
    private static EmbeddingModel embeddings;

    @BeforeAll
    static void start() throws Exception {
        demo = Model.load(DemoModel.file());
        random = Model.load(Path.of(
                LangChain4jClientTest.class.getResource("tiny-random.gguf").toURI()));
        embeddings = EmbeddingModel.load(
                Path.of("..", "..", "bitnet-cli", "src", "test", "resources", "bitnet", "cli", "tiny-embedding.gguf"));
        ServerOptions options = ServerOptions.defaults().withPort(0);
        Served.DEMO.server = BitNetServer.start(demo, embeddings, options);
        Served.RANDOM.server = BitNetServer.start(random, embeddings, options);
    }

    @AfterAll
    static void stop() {
        Served.DEMO.server.close();
        Served.RANDOM.server.close();
        demo.close();
        random.close();
        embeddings.close();
    }

    private static OpenAiChatModel chat(Served served) {
        return OpenAiChatModel.builder()
                .baseUrl(served.server.address() + "/v1")
                .apiKey("none")
                .modelName("demo")
                .temperature(0.0)
                .maxTokens(60)
                .maxRetries(0)
                .strictJsonSchema(true)
                .build();
    }

    private static OpenAiStreamingChatModel streaming(Served served) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(served.server.address() + "/v1")
                .apiKey("none")
                .modelName("demo")
                .temperature(0.0)
                .maxTokens(60)
                .build();
    }

    private static ChatRequest.Builder ask(String text) {
        return ChatRequest.builder().messages(UserMessage.from(text));
    }

    @ParameterizedTest
    @EnumSource(Served.class)
    void answersWholeAndAsAStream(Served served) throws Exception {
        ChatResponse whole = chat(served).chat(ask(SUM).build());
        assertThat(whole.tokenUsage().outputTokenCount()).isBetween(1, 60);
        assertThat(whole.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
        var streamed = new Streamed(Integer.MAX_VALUE);
        streaming(served).chat(ask(SUM).build(), streamed);
        ChatResponse last = streamed.complete.get(60, TimeUnit.SECONDS);
        assertThat(last.aiMessage().text()).isEqualTo(whole.aiMessage().text());
        assertThat(streamed.text.toString()).isEqualTo(whole.aiMessage().text());
        assertThat(last.finishReason()).isEqualTo(whole.finishReason());
    }

    @Test
    void theDemoModelKnowsTheSum() {
        assertThat(chat(Served.DEMO).chat(SUM)).isEqualTo("27 + 48 = 75.");
    }

    /** Gathers a stream, and cancels it after some pieces. */
    private static final class Streamed implements StreamingChatResponseHandler {
        private final int most;
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
        private final CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
        private int pieces;

        private Streamed(int most) {
            this.most = most;
        }

        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            text.append(partial.text());
            if (++pieces == most) {
                context.streamingHandle().cancel();
                cancelled.complete(context.streamingHandle().isCancelled());
            }
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            complete.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            complete.completeExceptionally(error);
        }
    }

    @Test
    void aCancelledStreamEndsItsGeneration() throws Exception {
        var streamed = new Streamed(2);
        streaming(Served.DEMO)
                .chat(ask("Tell me a long story.").maxOutputTokens(400).build(), streamed);
        assertThat(streamed.cancelled.get(60, TimeUnit.SECONDS)).isTrue();
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (demo.stats().running() > 0) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(20);
        }
        assertThat(streamed.complete).isNotDone();
        assertThat(streamed.pieces).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Served.class)
    void aCallThatIsRequiredComesAndItsResultIsRead(Served served) {
        var tool = ToolSpecification.builder()
                .name("add")
                .description("Adds.")
                .parameters(NUMBERS)
                .build();
        ChatResponse called = chat(served)
                .chat(ask(SUM).toolSpecifications(tool)
                        .toolChoice(ToolChoice.REQUIRED)
                        .maxOutputTokens(300)
                        .build());
        assertThat(called.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        ToolExecutionRequest call = called.aiMessage().toolExecutionRequests().getFirst();
        assertThat(call.name()).isEqualTo("add");
        assertThat(call.arguments()).matches("\\{\"x\":\\s?-?\\d+,\\s?\"y\":\\s?-?\\d+}");
        AiMessage next = chat(served)
                .chat(ChatRequest.builder()
                        .messages(
                                UserMessage.from(SUM), called.aiMessage(), ToolExecutionResultMessage.from(call, "75"))
                        .toolSpecifications(tool)
                        .build())
                .aiMessage();
        assertThat(next.text()).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(Served.class)
    void answersInAForm(Served served) {
        var format = ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder()
                        .name("numbers")
                        .rootElement(NUMBERS)
                        .build())
                .build();
        ChatResponse answer = chat(served)
                .chat(ask(SUM).responseFormat(format).maxOutputTokens(300).build());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.aiMessage().text()).matches("\\{\"x\":\\s?-?\\d+,\\s?\"y\":\\s?-?\\d+}");
    }

    @Test
    void embedsTexts() {
        var model = OpenAiEmbeddingModel.builder()
                .baseUrl(Served.DEMO.server.address() + "/v1")
                .apiKey("none")
                .modelName("tiny")
                .build();
        float[] vector = model.embed("a fox").content().vector();
        assertThat(vector).containsExactly(embeddings.embed("a fox").vector(), Offset.offset(1e-6f));
    }

    @Test
    void whatIsWrongIsAnInvalidRequest() {
        assertThatThrownBy(
                        () -> chat(Served.DEMO).chat(ask(SUM).temperature(9.0).build()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() -> chat(Served.DEMO).chat("word ".repeat(9000)))
                .isInstanceOf(InvalidRequestException.class);
    }
}
