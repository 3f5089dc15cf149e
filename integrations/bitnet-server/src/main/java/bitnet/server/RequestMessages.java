package bitnet.server;

import bitnet.Message;
import bitnet.ToolCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The messages of a chat request. */
final class RequestMessages {
    private RequestMessages() {}

    static List<Message> of(RequestBody body) {
        List<?> list = body.list("messages");
        if (list.isEmpty()) {
            throw RequestException.invalid("messages", "'messages' is missing or empty");
        }
        List<Message> messages = new ArrayList<>();
        Map<String, String> toolOfCall = new HashMap<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(RequestBody.of(list.get(i), "messages[" + i + "]"), toolOfCall));
        }
        return messages;
    }

    private static Message message(RequestBody message, Map<String, String> toolOfCall) {
        String role = message.string("role");
        return switch (role) {
            case "system", "developer" -> Message.system(text(message));
            case "user" -> Message.user(text(message));
            case "assistant" -> assistant(message, toolOfCall);
            case "tool" -> {
                String id = required(message, "tool_call_id");
                String name = message.string("name");
                yield Message.tool(id, name == null ? toolOfCall.getOrDefault(id, "") : name, text(message));
            }
            case null, default ->
                throw RequestException.invalid(
                        message.path("role"),
                        "'" + message.path("role") + "' is " + role
                                + "; expected system, developer, user, assistant or tool");
        };
    }

    private static Message assistant(RequestBody message, Map<String, String> toolOfCall) {
        List<?> list = message.list("tool_calls");
        List<ToolCall> calls = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            RequestBody call = RequestBody.of(list.get(i), message.path("tool_calls") + "[" + i + "]");
            RequestBody function = RequestBody.of(call.get("function"), call.path("function"));
            String id = required(call, "id");
            String name = required(function, "name");
            try {
                calls.add(ToolCall.of(id, name, required(function, "arguments")));
            } catch (IllegalArgumentException e) {
                throw RequestException.invalid(
                        function.path("arguments"), "'" + function.path("arguments") + "': " + e.getMessage());
            }
            toolOfCall.put(id, name);
        }
        boolean silent = !calls.isEmpty() && message.get("content") == null;
        return Message.assistant(silent ? "" : text(message), calls);
    }

    private static String required(RequestBody object, String field) {
        String text = object.string(field);
        if (text == null) {
            throw RequestException.invalid(object.path(field), "'" + object.path(field) + "' is missing");
        }
        return text;
    }

    /** The text of a message, which may come in parts. */
    private static String text(RequestBody message) {
        Object content = message.get("content");
        if (content instanceof String text) {
            return text;
        }
        if (content instanceof List<?> parts) {
            var text = new StringBuilder();
            for (int i = 0; i < parts.size(); i++) {
                RequestBody part = RequestBody.of(parts.get(i), message.path("content") + "[" + i + "]");
                if (!"text".equals(part.string("type"))) {
                    throw RequestException.unsupported(part.path("type") + "=" + part.string("type"));
                }
                String piece = part.string("text");
                text.append(piece == null ? "" : piece);
            }
            return text.toString();
        }
        throw RequestException.invalid(
                message.path("content"), "'" + message.path("content") + "' is not a text or a list of texts");
    }
}
