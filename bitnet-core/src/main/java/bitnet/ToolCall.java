package bitnet;

import bitnet.json.JsonValues;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a model asks a tool to do.
 *
 * @param id tells this call from others in a conversation
 * @param name the tool's name, as the model wrote it
 * @param arguments by name: {@link String}, {@link Long}, {@link Double}, {@link Boolean}, null, and lists and maps of these
 */
public record ToolCall(String id, String name, Map<String, @Nullable Object> arguments) {
    public ToolCall {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /**
     * A call whose arguments are written as JSON.
     *
     * @throws IllegalArgumentException if they are no JSON object
     */
    public static ToolCall of(String id, String name, String argumentsJson) {
        return new ToolCall(id, name, JsonValues.object("the arguments of " + name, argumentsJson));
    }

    /** The arguments as a JSON object. */
    public String argumentsJson() {
        return JsonValues.text(arguments);
    }
}
