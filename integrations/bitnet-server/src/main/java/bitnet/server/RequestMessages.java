package bitnet.server;

import bitnet.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages of a chat request. */
final class RequestMessages {
    private RequestMessages() {}

    static List<Message> of(RequestBody body) {
        List<?> list = body.list("messages");
        if (list.isEmpty()) {
            throw RequestException.invalid("messages", "'messages' is missing or empty");
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(RequestBody.of(list.get(i), "messages[" + i + "]")));
        }
        return messages;
    }

    private static Message message(RequestBody message) {
        String role = message.string("role");
        message.refuse("tool_calls");
        String text = text(message, message.get("content"));
        return switch (role) {
            case "system", "developer" -> Message.system(text);
            case "user" -> Message.user(text);
            case "assistant" -> Message.assistant(text);
            case null, default ->
                throw RequestException.invalid(
                        message.path("role"),
                        "'" + message.path("role") + "' is " + role
                                + "; expected system, developer, user or assistant");
        };
    }

    /** The text of a message, which may come in parts. */
    private static String text(RequestBody message, @Nullable Object content) {
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
