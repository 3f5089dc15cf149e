package bitnet.server;

import bitnet.FinishReason;
import bitnet.Reply;
import bitnet.ReplyReader;
import bitnet.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The reply of one choice while it comes: gives calls their ids, and writes the parts as chat completions have them. */
final class ChoiceReply {
    private final ReplyReader reader;
    private final boolean oneCall;
    private int calls;

    ChoiceReply(ReplyReader reader, boolean oneCall) {
        this.reader = reader;
        this.oneCall = oneCall;
    }

    Reply next(String piece) {
        return named(reader.next(piece));
    }

    Reply finish() {
        return named(reader.finish());
    }

    /** The reply to a whole answer. */
    Reply whole(String answer) {
        Reply first = next(answer);
        Reply rest = finish();
        List<ToolCall> all = new ArrayList<>(first.toolCalls());
        all.addAll(rest.toolCalls());
        return new Reply(first.text() + rest.text(), first.reasoning() + rest.reasoning(), all);
    }

    private Reply named(Reply reply) {
        List<ToolCall> named = new ArrayList<>();
        for (ToolCall call : reply.toolCalls()) {
            if (!oneCall || calls == 0) {
                String id = "call_" + UUID.randomUUID().toString().replace("-", "");
                named.add(new ToolCall(id, call.name(), call.arguments()));
                calls++;
            }
        }
        return new Reply(reply.text(), reply.reasoning(), named);
    }

    String finishReason(FinishReason reason) {
        return calls > 0 ? "tool_calls" : Answering.finishReason(reason);
    }

    /** The fields of a message. */
    static void message(JsonText json, Reply reply) {
        json.field("role", "assistant");
        json.field("content", reply.text().isEmpty() && !reply.toolCalls().isEmpty() ? null : reply.text());
        json.field("refusal", (String) null);
        if (!reply.reasoning().isEmpty()) {
            json.field("reasoning_content", reply.reasoning());
        }
        if (!reply.toolCalls().isEmpty()) {
            json.array("tool_calls", () -> reply.toolCalls().forEach(call -> json.object(() -> call(json, call))));
        }
    }

    /** The fields of a delta. */
    void delta(JsonText json, Reply reply) {
        if (!reply.reasoning().isEmpty()) {
            json.field("reasoning_content", reply.reasoning());
        }
        if (!reply.text().isEmpty()) {
            json.field("content", reply.text());
        }
        int first = calls - reply.toolCalls().size();
        if (!reply.toolCalls().isEmpty()) {
            json.array("tool_calls", () -> {
                for (int i = 0; i < reply.toolCalls().size(); i++) {
                    int index = i;
                    json.object(() -> {
                        json.field("index", first + index);
                        call(json, reply.toolCalls().get(index));
                    });
                }
            });
        }
    }

    static boolean isEmpty(Reply reply) {
        return reply.text().isEmpty()
                && reply.reasoning().isEmpty()
                && reply.toolCalls().isEmpty();
    }

    private static void call(JsonText json, ToolCall call) {
        json.field("id", call.id());
        json.field("type", "function");
        json.object("function", () -> {
            json.field("name", call.name());
            json.field("arguments", call.argumentsJson());
        });
    }
}
