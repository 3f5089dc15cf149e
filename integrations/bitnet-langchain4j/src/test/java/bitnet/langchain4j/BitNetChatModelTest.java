package bitnet.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.GenerationOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
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
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo model behind LangChain4j's interfaces, by LangChain4j itself. */
@Timeout(120)
class BitNetChatModelTest {
    private static final String SUM = "What is 27 + 48?";
    private static final UserMessage QUESTION = UserMessage.from(SUM);

    private static Model model;
    private static ModelSettings greedy;

    @BeforeAll
    static void load() {
        model = Model.load(DemoModel.file());
        greedy = ModelSettings.of(model)
                .withOptions(GenerationOptions.greedy().withMaxTokens(200))
                .withName("demo");
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void answersWithUsageAndReason() {
        var answered = new AtomicReference<ChatModelResponseContext>();
        var chat = new BitNetChatModel(greedy.withListeners(List.of(new ChatModelListener() {
            @Override
            public void onResponse(ChatModelResponseContext context) {
                answered.set(context);
            }
        })));
        ChatResponse response = chat.chat(QUESTION);
        assertThat(response.aiMessage().text()).isEqualTo("27 + 48 = 75.");
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.modelName()).isEqualTo("demo");
        assertThat(response.tokenUsage().inputTokenCount())
                .isEqualTo(new BitNetTokenCountEstimator(model).estimateTokenCountInMessage(QUESTION));
        assertThat(response.tokenUsage().outputTokenCount()).isBetween(5, 20);
        assertThat(answered.get().chatResponse()).isEqualTo(response);
        ChatResponse cut = chat.chat(ChatRequest.builder()
                .messages(SystemMessage.from("Be brief."), UserMessage.from("Tell me a story."))
                .maxOutputTokens(5)
                .modelName("other")
                .build());
        assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(cut.tokenUsage().outputTokenCount()).isEqualTo(5);
        assertThat(cut.modelName()).isEqualTo("other");
        assertThat(chat.chat(ChatRequest.builder()
                                .messages(QUESTION)
                                .stopSequences(List.of("="))
                                .build())
                        .aiMessage()
                        .text())
                .isEqualTo("27 + 48 ");
    }

    @Test
    void contentThatIsNoTextIsRefusedByName() {
        var chat = new BitNetChatModel(greedy);
        assertThatThrownBy(() -> chat.chat(UserMessage.from(ImageContent.from("file:///a.png"))))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("image")
                .hasMessageContaining("not supported");
    }

    private static ToolSpecification adder() {
        return ToolSpecification.builder()
                .name("add")
                .description("Adds two numbers.")
                .parameters(JsonObjectSchema.builder()
                        .addIntegerProperty("x")
                        .addIntegerProperty("y")
                        .required("x", "y")
                        .build())
                .build();
    }

    @Test
    void aToolThatIsRequiredIsCalledAndItsResultTaken() {
        var chat = new BitNetChatModel(
                greedy.withOptions(GenerationOptions.defaults().withSeed(1)));
        ChatResponse response = chat.chat(ChatRequest.builder()
                .messages(QUESTION)
                .toolSpecifications(adder())
                .toolChoice(ToolChoice.REQUIRED)
                .build());
        assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        ToolExecutionRequest call = response.aiMessage().toolExecutionRequests().getFirst();
        assertThat(call.name()).isEqualTo("add");
        assertThat(call.arguments()).matches("\\{\"x\":-?\\d+,\"y\":-?\\d+}");
        ChatResponse answered = new BitNetChatModel(greedy)
                .chat(ChatRequest.builder()
                        .messages(QUESTION, response.aiMessage(), ToolExecutionResultMessage.from(call, "75"))
                        .toolSpecifications(adder())
                        .build());
        assertThat(answered.aiMessage().text()).isNotBlank();
        assertThat(answered.tokenUsage().inputTokenCount())
                .as("the result is in the prompt")
                .isGreaterThan(response.tokenUsage().inputTokenCount());
        var none = ChatRequest.builder()
                .messages(QUESTION)
                .toolSpecifications(adder())
                .toolChoice(ToolChoice.NONE)
                .build();
        assertThat(new BitNetChatModel(greedy).chat(none).aiMessage().text()).isEqualTo("27 + 48 = 75.");
    }

    /** What the interface below answers with. */
    record Animal(@Nullable String name, long legs, boolean wild) {}

    interface Zoo {
        Animal describe(String text);
    }

    interface Assistant {
        String chat(String text);
    }

    @Test
    void aServiceAnswersWithARecord() {
        var chat = new BitNetChatModel(
                greedy.withOptions(GenerationOptions.defaults().withSeed(2).withMaxTokens(400)));
        Zoo zoo = AiServices.builder(Zoo.class).chatModel(chat).build();
        Animal animal = zoo.describe("Tell me of a fox.");
        assertThat(animal)
                .as("whatever a model says that knows no JSON: it parses")
                .isNotNull();
        ChatResponse object = chat.chat(ChatRequest.builder()
                .messages(QUESTION)
                .responseFormat(ResponseFormat.JSON)
                .maxOutputTokens(400)
                .build());
        assertThat(object.aiMessage().text()).startsWith("{");
    }

    /** A tool that the demo model does not know of by itself. */
    static final class Calculator {
        private final AtomicInteger calls = new AtomicInteger();

        @Tool("Adds two numbers.")
        int add(@P("x") int x, @P("y") int y) {
            calls.incrementAndGet();
            return x + y;
        }
    }

    @Test
    void aServiceRemembersAndOffersTools() {
        var calculator = new Calculator();
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(new BitNetChatModel(greedy))
                .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                .tools(calculator)
                .build();
        assertThat(assistant.chat(SUM)).isEqualTo("27 + 48 = 75.");
        assertThat(assistant.chat("How many legs does a spider have?")).contains("8");
        assertThat(calculator.calls).as("the demo model answers by itself").hasValue(0);
    }

    @Test
    void aCallAndAFormMayBeAskedForTogether() {
        // either one of two cities or a call: which of the two, the model says
        var city = JsonObjectSchema.builder()
                .addEnumProperty("city", List.of("Rome", "Oslo"))
                .required("city")
                .build();
        var kinds = new TreeSet<String>();
        for (int seed = 0; seed < 20; seed++) {
            ChatResponse response = new BitNetChatModel(greedy.withOptions(
                            GenerationOptions.defaults().withTemperature(3).withSeed(seed)))
                    .chat(ChatRequest.builder()
                            .messages(QUESTION)
                            .toolSpecifications(adder())
                            .responseFormat(ResponseFormat.builder()
                                    .type(ResponseFormatType.JSON)
                                    .jsonSchema(JsonSchema.builder()
                                            .name("city")
                                            .rootElement(city)
                                            .build())
                                    .build())
                            .build());
            AiMessage message = response.aiMessage();
            if (message.hasToolExecutionRequests()) {
                assertThat(message.toolExecutionRequests().getFirst().name()).isEqualTo("add");
                assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
                kinds.add("call");
            } else {
                assertThat(message.text()).matches("\\{\"city\": ?\"(Rome|Oslo)\"}");
                kinds.add("answer");
            }
        }
        assertThat(kinds).containsExactly("answer", "call");
    }

    private static class Collected implements StreamingChatResponseHandler {
        final List<String> pieces = new ArrayList<>();
        final CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        final AtomicInteger errors = new AtomicInteger();

        @Override
        public void onPartialResponse(String piece) {
            pieces.add(piece);
        }

        @Override
        public void onCompleteResponse(ChatResponse complete) {
            response.complete(complete);
        }

        @Override
        public void onError(Throwable error) {
            errors.incrementAndGet();
        }
    }

    @Test
    void streamsTheSameAnswer() throws Exception {
        var streaming = new BitNetStreamingChatModel(greedy);
        var handler = new Collected();
        streaming.chat(SUM, handler);
        ChatResponse response = handler.response.get(60, TimeUnit.SECONDS);
        assertThat(response.aiMessage().text()).isEqualTo("27 + 48 = 75.");
        assertThat(String.join("", handler.pieces)).isEqualTo("27 + 48 = 75.");
        assertThat(handler.pieces).hasSizeGreaterThan(3);
        assertThat(response.tokenUsage().outputTokenCount()).isPositive();
        var failing = new Collected() {
            @Override
            public void onPartialResponse(String piece) {
                throw new IllegalStateException("not now");
            }
        };
        streaming.chat(SUM, failing);
        assertThat(failing.response.get(60, TimeUnit.SECONDS).aiMessage().text())
                .isEqualTo("27 + 48 = 75.");
        assertThat(failing.errors.get()).isPositive();
    }

    @Test
    void aStreamThatIsCancelledEndsItsGeneration() throws Exception {
        var streaming = new BitNetStreamingChatModel(
                greedy.withOptions(GenerationOptions.greedy().withIgnoreEndOfGeneration(true)));
        var first = new CompletableFuture<Boolean>();
        var handler = new Collected() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                context.streamingHandle().cancel();
                first.complete(context.streamingHandle().isCancelled());
            }
        };
        streaming.chat("Tell me a story.", handler);
        assertThat(first.get(60, TimeUnit.SECONDS)).isTrue();
        while (model.stats().running() > 0) {
            Thread.sleep(10);
        }
        assertThat(handler.response).isNotDone();
        assertThat(handler.errors).hasValue(0);
    }
}
