package bitnet.engine;

import bitnet.ToolCall;
import bitnet.json.JsonValues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls of tools as models spell them. They have no ids yet. */
final class ToolCalls {
    /** What Llama 3 may write before a call. */
    static final String PYTHON_TAG = "<|python_tag|>";

    private ToolCalls() {}

    /** The calls of an answer that is nothing but calls, separated by semicolons, as Llama 3 writes them; else none. */
    static List<ToolCall> alone(String answer) {
        String json = answer.strip();
        json = json.startsWith(PYTHON_TAG) ? json.substring(PYTHON_TAG.length()).strip() : json;
        if (!json.startsWith("{") || !json.endsWith("}")) {
            return List.of();
        }
        @Nullable ToolCall single = json(json);
        if (single != null) {
            return List.of(single);
        }
        List<ToolCall> calls = new ArrayList<>();
        for (String one : json.split(";\\s*(?=\\{)")) {
            @Nullable ToolCall call = json(one);
            if (call == null) {
                return List.of();
            }
            calls.add(call);
        }
        return calls;
    }

    /** The call between {@code <tool_call>} and {@code </tool_call>}, or null if it does not read as one. */
    static @Nullable ToolCall marked(String body) {
        return body.startsWith("<function=") ? function(body) : json(body);
    }

    private static @Nullable ToolCall json(String json) {
        Map<String, @Nullable Object> call = objectOrNull(json);
        if (call == null || !(call.get("name") instanceof String name)) {
            return null;
        }
        Object arguments = call.containsKey("arguments") ? call.get("arguments") : call.get("parameters");
        Map<String, @Nullable Object> values = switch (arguments) {
            case Map<?, ?> map -> strings(map);
            case String text -> objectOrNull(text);
            case null -> call.size() == 1 ? Map.of() : null;
            default -> null;
        };
        return values == null ? null : new ToolCall("", name, values);
    }

    private static Map<String, @Nullable Object> strings(Map<?, ?> map) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        map.forEach((key, value) -> values.put(String.valueOf(key), value));
        return values;
    }

    /** {@code <function=name><parameter=key>value</parameter>...</function>}; a value that reads as JSON is JSON. */
    private static @Nullable ToolCall function(String body) {
        int nameEnd = body.indexOf('>');
        String name = nameEnd < 0
                ? ""
                : body.substring("<function=".length(), nameEnd).strip();
        if (name.isEmpty() || name.indexOf('<') >= 0) {
            return null;
        }
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        int at = body.indexOf("<parameter=", nameEnd);
        while (at >= 0) {
            int key = at + "<parameter=".length();
            int keyEnd = body.indexOf('>', key);
            int end = keyEnd < 0 ? -1 : body.indexOf("</parameter>", keyEnd);
            if (end < 0) {
                return null;
            }
            values.put(body.substring(key, keyEnd).strip(), value(body.substring(keyEnd + 1, end)));
            at = body.indexOf("<parameter=", end);
        }
        return new ToolCall("", name, values);
    }

    private static @Nullable Object value(String written) {
        String text = written.startsWith("\n") ? written.substring(1) : written;
        text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        Map<String, @Nullable Object> wrapped = objectOrNull("{\"value\":" + text + "}");
        return wrapped == null || wrapped.size() != 1 ? text : wrapped.get("value");
    }

    private static @Nullable Map<String, @Nullable Object> objectOrNull(String json) {
        if (!json.startsWith("{")) {
            return null;
        }
        try {
            return JsonValues.object("a call", json);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
