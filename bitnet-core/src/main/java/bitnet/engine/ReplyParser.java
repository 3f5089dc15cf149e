package bitnet.engine;

import bitnet.Reply;
import bitnet.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes apart what models write: reasoning, calls of tools, and the answer. */
final class ReplyParser {
    private static final String THINK = "<think>";
    private static final String THINK_END = "</think>";
    private static final String CALL = "<tool_call>";
    private static final String CALL_END = "</tool_call>";
    /** What Llama 3 may write before a call. */
    private static final String PYTHON_TAG = "<|python_tag|>";

    private final StringBuilder text = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();

    private ReplyParser() {}

    static Reply parse(String answer) {
        String reasoning = "";
        String rest = answer;
        String begun = answer.stripLeading();
        boolean thinks = begun.startsWith(THINK);
        // A template may have written the mark where thinking begins.
        int end = answer.indexOf(THINK_END);
        if (end >= 0) {
            String before = answer.substring(0, end).strip();
            reasoning = thinks ? before.substring(THINK.length()).strip() : before;
            rest = answer.substring(end + THINK_END.length()).stripLeading();
        } else if (thinks) {
            reasoning = begun.substring(THINK.length()).strip();
            rest = "";
        }
        var parser = new ReplyParser();
        parser.answer(rest);
        return new Reply(parser.text.toString(), reasoning, parser.calls);
    }

    private void answer(String answer) {
        int at = answer.indexOf(CALL);
        if (at < 0) {
            if (!jsonAlone(answer)) {
                text.append(answer);
            }
            return;
        }
        int from = 0;
        while (at >= 0) {
            int body = at + CALL.length();
            int close = answer.indexOf(CALL_END, body);
            int end = close < 0 ? answer.length() : close;
            String before = answer.substring(from, at);
            from = close < 0 ? end : close + CALL_END.length();
            if (call(answer.substring(body, end).strip())) {
                text.append(before.isBlank() ? "" : before);
            } else {
                text.append(before).append(answer, at, from);
            }
            at = answer.indexOf(CALL, from);
        }
        String after = answer.substring(from);
        text.append(after.isBlank() ? "" : after);
        String said = text.toString().strip();
        text.setLength(0);
        text.append(said);
    }

    /** Whether the whole answer is calls, separated by semicolons, as Llama 3 writes them. */
    private boolean jsonAlone(String answer) {
        String json = answer.strip();
        json = json.startsWith(PYTHON_TAG) ? json.substring(PYTHON_TAG.length()).strip() : json;
        if (!json.startsWith("{") || !json.endsWith("}")) {
            return false;
        }
        if (json(json)) {
            return true;
        }
        for (String one : json.split(";\\s*(?=\\{)")) {
            if (!json(one)) {
                calls.clear();
                return false;
            }
        }
        return true;
    }

    private boolean call(String body) {
        return body.startsWith("<function=") ? function(body) : json(body);
    }

    private boolean json(String json) {
        Map<String, @Nullable Object> call = objectOrNull(json);
        if (call == null || !(call.get("name") instanceof String name)) {
            return false;
        }
        Object arguments = call.containsKey("arguments") ? call.get("arguments") : call.get("parameters");
        Map<String, @Nullable Object> values = switch (arguments) {
            case Map<?, ?> map -> strings(map);
            case String text -> objectOrNull(text);
            case null -> call.size() == 1 ? Map.of() : null;
            default -> null;
        };
        if (values == null) {
            return false;
        }
        add(name, values);
        return true;
    }

    private static Map<String, @Nullable Object> strings(Map<?, ?> map) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        map.forEach((key, value) -> values.put(String.valueOf(key), value));
        return values;
    }

    /** {@code <function=name><parameter=key>value</parameter>...</function>}; a value that reads as JSON is JSON. */
    private boolean function(String body) {
        int nameEnd = body.indexOf('>');
        String name = nameEnd < 0
                ? ""
                : body.substring("<function=".length(), nameEnd).strip();
        if (name.isEmpty() || name.indexOf('<') >= 0) {
            return false;
        }
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        int at = body.indexOf("<parameter=", nameEnd);
        while (at >= 0) {
            int key = at + "<parameter=".length();
            int keyEnd = body.indexOf('>', key);
            int end = keyEnd < 0 ? -1 : body.indexOf("</parameter>", keyEnd);
            if (end < 0) {
                return false;
            }
            values.put(body.substring(key, keyEnd).strip(), value(body.substring(keyEnd + 1, end)));
            at = body.indexOf("<parameter=", end);
        }
        add(name, values);
        return true;
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

    private void add(String name, Map<String, @Nullable Object> arguments) {
        calls.add(new ToolCall("call_" + calls.size(), name, arguments));
    }
}
