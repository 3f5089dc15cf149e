package bitnet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Model;
import bitnet.demo.DemoModel;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tools, penalties and biases, asked for by OpenAI's own client. The demo model knows no tools: calls are what it is held to. */
@Timeout(120)
@SuppressWarnings("deprecation") // clients still send a seed
class ToolsTest {
    private static final String SUM = "What is 27 + 48?";

    private static Model model;
    private static BitNetServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        model = Model.load(DemoModel.file());
        server = BitNetServer.start(model, ServerOptions.defaults().withPort(0));
        client = OpenAIOkHttpClient.builder()
                .baseUrl(server.address() + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        model.close();
    }

    private static ChatCompletionFunctionTool tool(String name) {
        Map<String, ?> integer = Map.of("type", "integer", "minimum", 0, "maximum", 99);
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("x", integer);
        properties.put("y", integer);
        return ChatCompletionFunctionTool.builder()
                .function(FunctionDefinition.builder()
                        .name(name)
                        .description("Two numbers.")
                        .parameters(FunctionParameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty("properties", JsonValue.from(properties))
                                .putAdditionalProperty("required", JsonValue.from(List.of("x", "y")))
                                .build())
                        .build())
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat(String text) {
        return ChatCompletionCreateParams.builder()
                .model("demo")
                .temperature(0)
                .maxCompletionTokens(200)
                .addUserMessage(text);
    }

    private static final ChatCompletionToolChoiceOption REQUIRED =
            ChatCompletionToolChoiceOption.ofAuto(ChatCompletionToolChoiceOption.Auto.REQUIRED);

    @Test
    void aCallThatIsRequiredComes() {
        ChatCompletion answer = client.chat()
                .completions()
                .create(chat(SUM).addTool(tool("add")).toolChoice(REQUIRED).build());
        answer.validate();
        var choice = answer.choices().getFirst();
        assertThat(choice.finishReason().asString()).isEqualTo("tool_calls");
        assertThat(choice.message().content()).isEmpty();
        var call = choice.message().toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(call.id()).startsWith("call_");
        assertThat(call.function().name()).isEqualTo("add");
        assertThat(call.function().arguments()).matches("\\{\"x\":\\d{1,2},\"y\":\\d{1,2}}");
    }

    @Test
    void aStreamHasTheSameCall() {
        ChatCompletionCreateParams request = chat(SUM)
                .addTool(tool("add"))
                .addTool(tool("subtract"))
                .toolChoice(REQUIRED)
                .build();
        var whole = client.chat().completions().create(request).choices().getFirst();
        List<ChatCompletionChunk> chunks;
        try (var stream = client.chat().completions().createStreaming(request)) {
            chunks = stream.stream().toList();
        }
        var calls = chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .flatMap(choice -> choice.delta().toolCalls().stream().flatMap(List::stream))
                .toList();
        var expected = whole.message()
                .toolCalls()
                .orElseThrow()
                .getFirst()
                .asFunction()
                .function();
        assertThat(calls).isNotEmpty();
        assertThat(calls.getFirst().index()).isZero();
        assertThat(calls.getFirst().function().orElseThrow().name()).contains(expected.name());
        assertThat(calls.stream()
                        .flatMap(call -> call.function().orElseThrow().arguments().stream())
                        .collect(Collectors.joining()))
                .isEqualTo(expected.arguments());
        assertThat(chunks.getLast()
                        .choices()
                        .getFirst()
                        .finishReason()
                        .orElseThrow()
                        .asString())
                .isEqualTo("tool_calls");
    }

    @Test
    void aFormBesideToolsAllowsACallOrTheForm() {
        var format = ResponseFormatJsonSchema.builder()
                .jsonSchema(ResponseFormatJsonSchema.JsonSchema.builder()
                        .name("city")
                        .schema(ResponseFormatJsonSchema.JsonSchema.Schema.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties", JsonValue.from(Map.of("city", Map.of("enum", List.of("Rome")))))
                                .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                                .build())
                        .build())
                .build();
        var kinds = new TreeSet<String>();
        for (int seed = 0; seed < 20; seed++) {
            var choice = client.chat()
                    .completions()
                    .create(chat(SUM)
                            .temperature(2)
                            .seed(seed)
                            .addTool(tool("add"))
                            .responseFormat(format)
                            .build())
                    .choices()
                    .getFirst();
            kinds.add(choice.finishReason().asString());
            choice.message()
                    .content()
                    .ifPresentOrElse(
                            text -> assertThat(text).matches("\\{\"city\": ?\"Rome\"}"),
                            () -> assertThat(choice.message().toolCalls()).isPresent());
        }
        assertThat(kinds).containsExactly("stop", "tool_calls");
    }

    @Test
    void toolsThatNobodyCallsChangeNothing() {
        var auto = client.chat()
                .completions()
                .create(chat(SUM).addTool(tool("add")).build());
        assertThat(auto.choices().getFirst().message().content()).contains("27 + 48 = 75.");
        assertThat(auto.choices().getFirst().message().toolCalls()).isEmpty();
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat(SUM).toolChoice(REQUIRED).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("there are no 'tools'");
    }

    @Test
    void biasesAndPenaltiesChangeTheAnswer() {
        int[] answer = model.tokens("27 + 48 = 75.");
        int banned = answer[answer.length - 2];
        var biased = client.chat()
                .completions()
                .create(chat(SUM)
                        .logitBias(ChatCompletionCreateParams.LogitBias.builder()
                                .putAdditionalProperty(String.valueOf(banned), JsonValue.from(-100))
                                .build())
                        .build());
        assertThat(biased.choices().getFirst().message().content().orElseThrow())
                .isNotEqualTo("27 + 48 = 75.");
        var story = chat("Tell me a story.").maxCompletionTokens(60);
        String plain = text(story.build());
        assertThat(text(story.frequencyPenalty(2).presencePenalty(2).build())).isNotEqualTo(plain);
        assertThatThrownBy(() -> text(story.frequencyPenalty(3).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("frequency_penalty");
    }

    private static String text(ChatCompletionCreateParams request) {
        return client.chat()
                .completions()
                .create(request)
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
    }
}
