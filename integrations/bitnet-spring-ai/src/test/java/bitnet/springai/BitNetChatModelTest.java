package bitnet.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Model;
import bitnet.demo.DemoModel;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.client.AdvisorParams;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.util.MimeTypeUtils;

/** The demo model behind Spring AI's interfaces, by Spring AI itself. */
@Timeout(120)
class BitNetChatModelTest {
    private static final String SUM = "What is 27 + 48?";
    private static final String ANSWER = "27 + 48 = 75.";

    private static Model model;

    @BeforeAll
    static void load() {
        model = Model.load(DemoModel.file());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static BitNetChatModel chat(UnaryOperator<BitNetChatOptions.Builder> options) {
        return new BitNetChatModel(
                model,
                options.apply(BitNetChatOptions.builder().temperature(0.0).maxTokens(200))
                        .build(),
                ObservationRegistry.NOOP,
                new DefaultChatModelObservationConvention());
    }

    private static BitNetChatModel greedy() {
        return chat(options -> options);
    }

    @Test
    void answersWithUsageAndReason() {
        ChatResponse response = greedy().call(new Prompt(SUM));
        assertThat(response.getResult().getOutput().getText()).isEqualTo(ANSWER);
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(response.getMetadata().getModel()).isEqualTo(model.info().name());
        assertThat(response.getMetadata().getUsage().getPromptTokens())
                .isEqualTo(model.tokens(List.of(bitnet.Message.user(SUM))).length);
        assertThat(response.getMetadata().getUsage().getCompletionTokens()).isBetween(5, 20);
        assertThat(response.getMetadata().<Duration>get("firstToken")).isPositive();
        ChatResponse cut = greedy().call(new Prompt(
                List.of(new SystemMessage("Be brief."), new UserMessage("Tell me a story.")),
                ChatOptions.builder().maxTokens(5).model("other").build()));
        assertThat(cut.getResult().getMetadata().getFinishReason()).isEqualTo("length");
        assertThat(cut.getMetadata().getUsage().getCompletionTokens()).isEqualTo(5);
        assertThat(cut.getMetadata().getModel()).isEqualTo("other");
        ChatOptions stop = ChatOptions.builder().stopSequences(List.of("=")).build();
        assertThat(greedy().call(new Prompt(SUM, stop)).getResult().getOutput().getText())
                .isEqualTo("27 + 48 ");
    }

    @Test
    void optionsCombine() {
        BitNetChatOptions all = BitNetChatOptions.builder()
                .temperature(0.5)
                .topK(7)
                .minP(0.1)
                .seed(3L)
                .repeatPenalty(1.1)
                .toolRequired(true)
                .outputSchema("{}")
                .templateArguments(java.util.Map.of("enable_thinking", false))
                .build();
        assertThat(all.mutate().build()).isEqualTo(all).hasSameHashCodeAs(all);
        BitNetChatOptions merged = BitNetChatOptions.builder()
                .topK(1)
                .topP(0.9)
                .seed(1L)
                .combineWith(all.mutate())
                .build();
        assertThat(merged).isEqualTo(all.mutate().topP(0.9).build());
        assertThat(BitNetChatOptions.builder()
                        .seed(1L)
                        .combineWith(ChatOptions.builder().topK(2))
                        .build())
                .isEqualTo(BitNetChatOptions.builder().seed(1L).topK(2).build());
        assertThatThrownBy(() -> chat(options -> options.topP(2.0)).call(SUM))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("topP");
    }

    @Test
    void seedsRepeatAnswers() {
        BitNetChatModel seeded = chat(options -> options.temperature(1.0).seed(5L));
        assertThat(seeded.call("Tell me a story.")).isEqualTo(seeded.call("Tell me a story."));
    }

    @Test
    void mediaIsRefused() {
        UserMessage image = UserMessage.builder()
                .text("What is it?")
                .media(new Media(MimeTypeUtils.IMAGE_PNG, java.net.URI.create("file:///a.png")))
                .build();
        assertThatThrownBy(() -> greedy().call(new Prompt(image)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("media");
    }

    @Test
    void streamsTheSameAnswer() {
        List<ChatResponse> pieces =
                greedy().stream(new Prompt(SUM)).collectList().block();
        assertThat(pieces).hasSizeGreaterThan(3);
        assertThat(pieces.stream()
                        .map(piece -> piece.getResult().getOutput().getText())
                        .reduce("", String::concat))
                .isEqualTo(ANSWER);
        assertThat(pieces.getLast().getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(pieces.getLast().getMetadata().getUsage().getCompletionTokens())
                .isPositive();
    }

    @Test
    void aStreamThatIsCancelledEndsItsGeneration() throws InterruptedException {
        List<String> pieces = greedy().stream("Tell me a story about a fox.")
                .take(3)
                .collectList()
                .block();
        assertThat(pieces).hasSize(3);
        while (model.stats().running() > 0) {
            Thread.sleep(10);
        }
        assertThat(greedy().call(SUM)).as("the model goes on").isEqualTo(ANSWER);
    }

    /** A tool that the demo model does not know of by itself. */
    static final class Calculator {
        final AtomicInteger calls = new AtomicInteger();

        @Tool(description = "Adds two numbers.")
        long add(long x, long y) {
            calls.incrementAndGet();
            return x + y;
        }
    }

    @Test
    void aRequiredToolIsCalledAndItsResultAnswered() {
        for (boolean streams : List.of(false, true)) {
            var calculator = new Calculator();
            var sent = new ArrayList<Prompt>();
            BitNetChatModel chat =
                    chat(options -> options.temperature(0.8).seed(1L).toolRequired(true));
            ChatClient client = ChatClient.create(new Recorded(chat, sent));
            var request = client.prompt(SUM).tools(calculator);
            String answer = streams
                    ? String.join("", request.stream().content().collectList().block())
                    : request.call().content();
            assertThat(answer).isNotBlank();
            assertThat(calculator.calls).hasValue(1);
            assertThat(sent).hasSize(2);
            assertThat(sent.getLast().getInstructions())
                    .as("the question, the call and its result")
                    .hasSize(3);
            AssistantMessage called =
                    (AssistantMessage) sent.getLast().getInstructions().get(1);
            assertThat(called.getToolCalls().getFirst().name()).isEqualTo("add");
            assertThat(called.getToolCalls().getFirst().arguments()).matches("\\{\"x\":-?\\d+,\"y\":-?\\d+}");
        }
    }

    /** A model that keeps what it was sent. */
    private record Recorded(BitNetChatModel chat, List<Prompt> sent)
            implements org.springframework.ai.chat.model.ChatModel {
        @Override
        public ChatResponse call(Prompt prompt) {
            sent.add(prompt);
            return chat.call(prompt);
        }

        @Override
        public reactor.core.publisher.Flux<ChatResponse> stream(Prompt prompt) {
            sent.add(prompt);
            return chat.stream(prompt);
        }

        @Override
        public ChatOptions getOptions() {
            return chat.getOptions();
        }
    }

    @Test
    void offeredToolsNeedNotBeCalled() {
        var calculator = new Calculator();
        assertThat(ChatClient.create(greedy())
                        .prompt(SUM)
                        .tools(calculator)
                        .call()
                        .content())
                .isEqualTo(ANSWER);
        assertThat(calculator.calls).hasValue(0);
    }

    /** What an answer is read as. */
    record Animal(String name, int legs, boolean wild) {}

    @Test
    void anAnswerIsARecord() {
        var sent = new ArrayList<Prompt>();
        BitNetChatModel chat = chat(options -> options.temperature(0.8).seed(2L).maxTokens(400));
        ChatClient client = ChatClient.create(new Recorded(chat, sent));
        Animal animal = client.prompt("Tell me of a fox.")
                .advisors(AdvisorParams.ENABLE_NATIVE_STRUCTURED_OUTPUT)
                .call()
                .entity(Animal.class);
        assertThat(animal)
                .as("whatever a model says that knows no JSON: it parses")
                .isNotNull();
        assertThat(sent.getFirst().getContents())
                .as("no instructions are added")
                .isEqualTo("Tell me of a fox.");
        Animal either = client.prompt("Tell me of a fox.")
                .tools(new Calculator())
                .advisors(AdvisorParams.ENABLE_NATIVE_STRUCTURED_OUTPUT)
                .call()
                .entity(Animal.class);
        assertThat(either).as("a call first or not, in the end it parses").isNotNull();
    }

    @Test
    void observationsHaveRequestAndResponse() throws InterruptedException {
        var contexts = new CopyOnWriteArrayList<ChatModelObservationContext>();
        var stopped = new CountDownLatch(2);
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig()
                .observationHandler(new io.micrometer.observation.ObservationHandler<ChatModelObservationContext>() {
                    @Override
                    public void onStop(ChatModelObservationContext context) {
                        contexts.add(context);
                        stopped.countDown();
                    }

                    @Override
                    public boolean supportsContext(io.micrometer.observation.Observation.Context context) {
                        return context instanceof ChatModelObservationContext;
                    }
                });
        BitNetChatModel chat = new BitNetChatModel(
                model,
                BitNetChatOptions.builder().temperature(0.0).build(),
                registry,
                new DefaultChatModelObservationConvention());
        chat.call(SUM);
        chat.stream(SUM).blockLast();
        assertThatThrownBy(() -> chat.call(new Prompt(
                        SUM,
                        BitNetChatOptions.builder().outputSchema("{\"not\":{}}").build())))
                .isInstanceOf(bitnet.InvalidConstraintException.class);
        // a stream is over for its subscriber before its observation stops
        assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(contexts).hasSize(2);
        for (ChatModelObservationContext context : contexts) {
            assertThat(context.getResponse().getResult().getOutput().getText()).isEqualTo(ANSWER);
            assertThat(context.getLowCardinalityKeyValues().stream().map(Object::toString))
                    .anyMatch(key -> key.contains("bitnet"))
                    .anyMatch(key -> key.contains(model.info().name()));
            assertThat(context.getHighCardinalityKeyValue("gen_ai.usage.input_tokens"))
                    .isNotNull();
        }
        assertThat(contexts.getLast().isStreaming()).isTrue();
    }
}
