package bitnet.springai;

import bitnet.Completion;
import bitnet.Reply;
import bitnet.ToolCall;
import bitnet.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** An answer in the making, as Spring AI has it. */
final class Answer {
    private final String id = UUID.randomUUID().toString();
    private final String modelName;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<AssistantMessage.ToolCall> calls = new ArrayList<>();

    Answer(String modelName) {
        this.modelName = modelName;
    }

    /** Takes what has become certain; a response of this alone. */
    ChatResponse add(Reply reply) {
        return response(reply.text(), reply.reasoning(), taken(reply), null);
    }

    /** The last response of a stream: the end of the answer, its reason and its usage. */
    ChatResponse last(Reply reply, Completion completion) {
        return response(reply.text(), reply.reasoning(), taken(reply), completion);
    }

    private List<AssistantMessage.ToolCall> taken(Reply reply) {
        List<AssistantMessage.ToolCall> more =
                reply.toolCalls().stream().map(Answer::call).toList();
        text.append(reply.text());
        reasoning.append(reply.reasoning());
        calls.addAll(more);
        return more;
    }

    /** The whole answer. */
    ChatResponse whole(Completion completion) {
        return response(text.toString(), reasoning.toString(), calls, completion);
    }

    private ChatResponse response(
            String said, String thought, List<AssistantMessage.ToolCall> called, @Nullable Completion completion) {
        AssistantMessage message = AssistantMessage.builder()
                .content(said)
                .properties(thought.isEmpty() ? Map.of() : Map.of("reasoning", thought))
                .toolCalls(List.copyOf(called))
                .build();
        var metadata = ChatResponseMetadata.builder().id(id).model(modelName);
        if (completion == null) {
            return new ChatResponse(List.of(new Generation(message)), metadata.build());
        }
        Usage usage = completion.usage();
        metadata.usage(new DefaultUsage(
                        usage.promptTokens(),
                        usage.completionTokens(),
                        usage.totalTokens(),
                        usage,
                        (long) usage.cachedTokens(),
                        null))
                .keyValue("firstToken", completion.timings().firstToken())
                .keyValue("seed", completion.seed());
        ChatGenerationMetadata end = ChatGenerationMetadata.builder()
                .finishReason(
                        calls.isEmpty() ? completion.finishReason().name().toLowerCase(Locale.ROOT) : "tool_calls")
                .build();
        return new ChatResponse(List.of(new Generation(message, end)), metadata.build());
    }

    private static AssistantMessage.ToolCall call(ToolCall call) {
        return new AssistantMessage.ToolCall(
                "call_" + UUID.randomUUID(), "function", call.name(), call.argumentsJson());
    }
}
