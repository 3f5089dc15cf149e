package bitnet;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a chat template is told beside the messages. Start from {@link #defaults()}; the canonical constructor grows with new
 * options and is not stable.
 *
 * @param tools tools that the model may ask for; a template that knows of no tools leaves them out
 * @param arguments what a template knows by name, such as {@code enable_thinking}: strings, booleans, numbers, null, and lists
 *     and maps of these. They do not replace what every template is given, such as {@code messages}
 */
public record PromptOptions(List<ToolSpec> tools, Map<String, @Nullable Object> arguments) {
    public PromptOptions {
        tools = List.copyOf(tools);
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /** No tools and no arguments. */
    public static PromptOptions defaults() {
        return new PromptOptions(List.of(), Map.of());
    }

    /** These options with other {@link #tools()}. */
    public PromptOptions withTools(List<ToolSpec> specs) {
        return new PromptOptions(specs, arguments);
    }

    /** These options with one more of the {@link #arguments()}. */
    public PromptOptions withArgument(String name, @Nullable Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(arguments);
        more.put(name, value);
        return new PromptOptions(tools, more);
    }
}
