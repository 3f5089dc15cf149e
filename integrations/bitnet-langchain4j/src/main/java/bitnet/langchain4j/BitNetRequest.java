package bitnet.langchain4j;

import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.PromptOptions;
import bitnet.Reply;
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
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
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
 * @param options how to generate
 * @param form what the answer is read as
 */
record BitNetRequest(List<Message> messages, PromptOptions prompt, GenerationOptions options, Form form) {
    /** What an answer is. */
    enum Form {
        /** What the model makes of it: reasoning, text, calls of tools. */
        FREE,
        /** JSON, as the request asks for it, and nothing else. */
        JSON,
        /** A call of a tool, since the request asks for one. */
        CALL
    }

    /** @throws UnsupportedFeatureException if the request has something that a text model cannot take */
    static BitNetRequest of(ChatRequest request, GenerationOptions defaults) {
        List<ToolSpec> tools = new ArrayList<>();
        ToolChoice choice = request.toolChoice();
        if (request.toolSpecifications() != null && choice != ToolChoice.NONE) {
            request.toolSpecifications().forEach(tool -> tools.add(tool(tool)));
        }
        ResponseFormat format = request.responseFormat();
        boolean json = format != null && format.type() == ResponseFormatType.JSON;
        if (choice == ToolChoice.REQUIRED && tools.isEmpty()) {
            throw new IllegalArgumentException("ToolChoice.REQUIRED asks for a call, and the request has no tools");
        }
        Form form = choice == ToolChoice.REQUIRED ? Form.CALL : json ? Form.JSON : Form.FREE;
        TokenConstraint constraint = switch (form) {
            case CALL -> TokenConstraint.toolCall(tools);
            case JSON ->
                format.jsonSchema() == null
                        ? TokenConstraint.jsonObject()
                        : TokenConstraint.jsonSchema(json(format.jsonSchema().rootElement()));
            case FREE -> defaults.constraint();
        };
        return new BitNetRequest(
                request.messages().stream().map(BitNetRequest::message).toList(),
                PromptOptions.defaults().withTools(tools),
                options(request, defaults).withConstraint(constraint),
                form);
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
        String schema = tool.parameters() == null ? "{\"type\":\"object\",\"properties\":{}}" : json(tool.parameters());
        return new ToolSpec(tool.name(), Objects.requireNonNullElse(tool.description(), ""), schema);
    }

    private static String json(JsonSchemaElement schema) {
        return JsonValues.text(JsonSchemaElementUtils.toMap(schema));
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
        return switch (form) {
            case FREE -> model.replyReader(messages, prompt);
            case JSON -> new Verbatim();
            case CALL -> new Whole(model);
        };
    }

    /** An answer that is text and nothing else. */
    private static final class Verbatim implements ReplyReader {
        @Override
        public Reply next(String piece) {
            return new Reply(piece, "", List.of());
        }

        @Override
        public Reply finish() {
            return next("");
        }
    }

    /** An answer that is read when it is complete. */
    private static final class Whole implements ReplyReader {
        private final Model model;
        private final StringBuilder answer = new StringBuilder();

        Whole(Model model) {
            this.model = model;
        }

        @Override
        public Reply next(String piece) {
            answer.append(piece);
            return new Reply("", "", List.of());
        }

        @Override
        public Reply finish() {
            return model.reply(answer.toString());
        }
    }
}
