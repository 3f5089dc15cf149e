package bitnet.langchain4j;

import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.PromptOptions;
import bitnet.ReplyReader;
import bitnet.ToolCall;
import bitnet.ToolSpec;
import bitnet.constraint.TokenConstraint;
import bitnet.json.JsonValues;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a request of LangChain4j asks a model for.
 *
 * @param messages the conversation
 * @param prompt the tools
 * @param options how to generate, with the form that the answer has to have
 */
record BitNetRequest(List<Message> messages, PromptOptions prompt, GenerationOptions options) {
    /** @throws UnsupportedFeatureException if the request has something that a text model cannot take */
    static BitNetRequest of(ChatRequest request, GenerationOptions defaults) {
        List<ToolSpec> tools = new ArrayList<>();
        if (request.toolSpecifications() != null && request.toolChoice() != ToolChoice.NONE) {
            request.toolSpecifications().forEach(tool -> tools.add(tool(tool)));
        }
        GenerationOptions options = options(request, defaults);
        return new BitNetRequest(
                request.messages().stream().map(BitNetRequest::message).toList(),
                PromptOptions.defaults().withTools(tools),
                options.withConstraint(constraint(request, tools, options.constraint())));
    }

    /** The form of the answer: a call if the request asks for one, JSON if it asks for that, or either where it has tools. */
    private static @Nullable TokenConstraint constraint(
            ChatRequest request, List<ToolSpec> tools, @Nullable TokenConstraint otherwise) {
        if (request.toolChoice() == ToolChoice.REQUIRED) {
            if (tools.isEmpty()) {
                throw new IllegalArgumentException("ToolChoice.REQUIRED asks for a call, and the request has no tools");
            }
            return TokenConstraint.toolCall(tools);
        }
        ResponseFormat format = request.responseFormat();
        if (format == null || format.type() != ResponseFormatType.JSON) {
            return otherwise;
        }
        TokenConstraint json = format.jsonSchema() == null
                ? TokenConstraint.jsonObject()
                : TokenConstraint.jsonSchema(
                        JsonSchemas.text(format.jsonSchema().rootElement()));
        return tools.isEmpty() ? json : TokenConstraint.toolCallOr(tools, json);
    }

    private static GenerationOptions options(ChatRequest request, GenerationOptions defaults) {
        GenerationOptions options = defaults;
        if (request.temperature() != null) {
            options = options.withTemperature(request.temperature().floatValue());
        }
        if (request.topP() != null) {
            options = options.withTopP(request.topP().floatValue());
        }
        if (request.topK() != null) {
            options = options.withTopK(request.topK());
        }
        if (request.frequencyPenalty() != null) {
            options = options.withFrequencyPenalty(request.frequencyPenalty().floatValue());
        }
        if (request.presencePenalty() != null) {
            options = options.withPresencePenalty(request.presencePenalty().floatValue());
        }
        if (request.maxOutputTokens() != null) {
            options = options.withMaxTokens(request.maxOutputTokens());
        }
        List<String> stop = request.stopSequences();
        return stop == null || stop.isEmpty() ? options : options.withStop(stop.toArray(String[]::new));
    }

    private static ToolSpec tool(ToolSpecification tool) {
        String schema = tool.parameters() == null
                ? "{\"type\":\"object\",\"properties\":{}}"
                : JsonSchemas.text(tool.parameters());
        return new ToolSpec(tool.name(), Objects.requireNonNullElse(tool.description(), ""), schema);
    }

    static Message message(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> Message.system(system.text());
            case UserMessage user -> Message.user(text(user.contents()));
            case AiMessage answer -> Message.assistant(Objects.requireNonNullElse(answer.text(), ""), calls(answer));
            case ToolExecutionResultMessage result ->
                Message.tool(Objects.requireNonNullElse(result.id(), ""), result.toolName(), text(result.contents()));
            default -> throw unsupported(message.type() + " messages");
        };
    }

    private static List<ToolCall> calls(AiMessage answer) {
        return answer.toolExecutionRequests().stream()
                .map(call -> {
                    String json = call.arguments() == null || call.arguments().isBlank() ? "{}" : call.arguments();
                    Map<String, @Nullable Object> arguments = JsonValues.object("arguments of " + call.name(), json);
                    return new ToolCall(Objects.requireNonNullElse(call.id(), ""), call.name(), arguments);
                })
                .toList();
    }

    static String text(List<Content> contents) {
        StringBuilder text = new StringBuilder();
        for (Content content : contents) {
            if (!(content instanceof TextContent part)) {
                throw unsupported("content of type " + content.type().name().toLowerCase(java.util.Locale.ROOT));
            }
            text.append(text.isEmpty() ? "" : "\n").append(part.text());
        }
        return text.toString();
    }

    static UnsupportedFeatureException unsupported(String what) {
        return new UnsupportedFeatureException(what + " is not supported by bitnet: its models take text");
    }

    Generation generate(Model model) {
        return model.generate(messages, prompt, options);
    }

    /** Reads the answer while it comes. */
    ReplyReader reader(Model model) {
        return model.replyReader(messages, prompt, options);
    }
}
