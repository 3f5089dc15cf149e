package bitnet.langchain4j;

import bitnet.Completion;
import bitnet.Reply;
import bitnet.ToolCall;
import bitnet.json.JsonValues;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** An answer in the making, as LangChain4j has it. */
final class Answer {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final List<ToolExecutionRequest> calls = new ArrayList<>();

    /** Takes what has become certain; the calls among it. */
    List<ToolExecutionRequest> add(Reply reply) {
        text.append(reply.text());
        thinking.append(reply.reasoning());
        List<ToolExecutionRequest> more =
                reply.toolCalls().stream().map(Answer::call).toList();
        calls.addAll(more);
        return more;
    }

    int calls() {
        return calls.size();
    }

    private static ToolExecutionRequest call(ToolCall call) {
        return ToolExecutionRequest.builder()
                .id("call_" + UUID.randomUUID())
                .name(call.name())
                .arguments(JsonValues.text(call.arguments()))
                .build();
    }

    ChatResponse response(Completion completion, String modelName) {
        AiMessage.Builder message = AiMessage.builder().toolExecutionRequests(calls);
        if (calls.isEmpty() || !text.isEmpty()) {
            message.text(text.toString());
        }
        if (!thinking.isEmpty()) {
            message.thinking(thinking.toString());
        }
        var usage = completion.usage();
        return ChatResponse.builder()
                .id(UUID.randomUUID().toString())
                .modelName(modelName)
                .aiMessage(message.build())
                .tokenUsage(new TokenUsage(usage.promptTokens(), usage.completionTokens()))
                .finishReason(calls.isEmpty() ? reason(completion.finishReason()) : FinishReason.TOOL_EXECUTION)
                .build();
    }

    private static FinishReason reason(bitnet.FinishReason reason) {
        return switch (reason) {
            case STOP, STOP_STRING -> FinishReason.STOP;
            case LENGTH, CONTEXT_FULL -> FinishReason.LENGTH;
            case DEADLINE, CONSTRAINT, CANCELLED -> FinishReason.OTHER;
        };
    }
}
