package bitnet.springai;

import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.PromptOptions;
import bitnet.ReplyReader;
import bitnet.ToolCall;
import bitnet.ToolSpec;
import bitnet.constraint.TokenConstraint;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.tool.definition.ToolDefinition;

/**
 * What a prompt of Spring AI asks a model for.
 *
 * @param messages the conversation
 * @param told the tools, and what else the template is told
 * @param options how to generate, with the form that the answer has to have
 */
record BitNetPrompt(List<Message> messages, PromptOptions told, GenerationOptions options) {
    /** @throws IllegalArgumentException if the prompt has something that a text model cannot take */
    static BitNetPrompt of(Prompt prompt, BitNetChatOptions options, GenerationOptions recommended) {
        List<Message> messages = prompt.getInstructions().stream()
                .flatMap(BitNetPrompt::messages)
                .toList();
        List<ToolSpec> tools = options.getToolCallbacks() == null
                ? List.of()
                : options.getToolCallbacks().stream()
                        .map(callback -> tool(callback.getToolDefinition()))
                        .distinct()
                        .toList();
        PromptOptions told = PromptOptions.defaults().withTools(tools);
        for (Map.Entry<String, Object> argument : Objects.requireNonNullElse(
                        options.getTemplateArguments(), Map.<String, Object>of())
                .entrySet()) {
            told = told.withArgument(argument.getKey(), argument.getValue());
        }
        boolean call = Boolean.TRUE.equals(options.getToolRequired())
                && !(messages.isEmpty() || messages.getLast() instanceof Message.Tool);
        TokenConstraint constraint = constraint(options.getOutputSchema(), tools, call);
        return new BitNetPrompt(messages, told, sampling(options, recommended).withConstraint(constraint));
    }

    private static @Nullable TokenConstraint constraint(@Nullable String schema, List<ToolSpec> tools, boolean call) {
        if (call) {
            if (tools.isEmpty()) {
                throw new IllegalArgumentException("toolRequired asks for a call, and there are no tools");
            }
            return TokenConstraint.toolCall(tools);
        }
        if (schema == null || schema.isBlank()) {
            return null;
        }
        TokenConstraint json = TokenConstraint.jsonSchema(schema);
        return tools.isEmpty() ? json : TokenConstraint.toolCallOr(tools, json);
    }

    private static GenerationOptions sampling(BitNetChatOptions from, GenerationOptions recommended) {
        GenerationOptions options = recommended;
        if (from.getTemperature() != null) {
            options = options.withTemperature(from.getTemperature().floatValue());
        }
        if (from.getTopK() != null) {
            options = options.withTopK(from.getTopK());
        }
        if (from.getTopP() != null) {
            options = options.withTopP(from.getTopP().floatValue());
        }
        if (from.getMinP() != null) {
            options = options.withMinP(from.getMinP().floatValue());
        }
        if (from.getFrequencyPenalty() != null) {
            options = options.withFrequencyPenalty(from.getFrequencyPenalty().floatValue());
        }
        if (from.getPresencePenalty() != null) {
            options = options.withPresencePenalty(from.getPresencePenalty().floatValue());
        }
        if (from.getRepeatPenalty() != null) {
            options = options.withRepeatPenalty(from.getRepeatPenalty().floatValue());
        }
        if (from.getMaxTokens() != null) {
            options = options.withMaxTokens(from.getMaxTokens());
        }
        if (from.getSeed() != null) {
            options = options.withSeed(from.getSeed());
        }
        List<String> stop = from.getStopSequences();
        return stop == null || stop.isEmpty()
                ? options
                : options.withStop(stop.stream().distinct().toArray(String[]::new));
    }

    private static ToolSpec tool(ToolDefinition tool) {
        return new ToolSpec(tool.name(), tool.description(), tool.inputSchema());
    }

    private static Stream<Message> messages(org.springframework.ai.chat.messages.Message message) {
        if (message instanceof MediaContent content && !content.getMedia().isEmpty()) {
            throw new IllegalArgumentException("media in a message: the models of bitnet take text");
        }
        String text = Objects.requireNonNullElse(message.getText(), "");
        return switch (message) {
            case SystemMessage _ -> Stream.of(Message.system(text));
            case UserMessage _ -> Stream.of(Message.user(text));
            case AssistantMessage answer -> Stream.of(Message.assistant(text, calls(answer)));
            case ToolResponseMessage results ->
                results.getResponses().stream()
                        .map(result -> Message.tool(result.id(), result.name(), result.responseData()));
            default ->
                throw new IllegalArgumentException(
                        "a message of " + message.getClass().getName());
        };
    }

    private static List<ToolCall> calls(AssistantMessage answer) {
        return answer.getToolCalls().stream()
                .map(call ->
                        ToolCall.of(call.id(), call.name(), call.arguments().isBlank() ? "{}" : call.arguments()))
                .toList();
    }

    Generation generate(Model model) {
        return model.generate(messages, told, options);
    }

    ReplyReader reader(Model model) {
        return model.replyReader(messages, told, options);
    }
}
