package bitnet;

import java.util.List;

/**
 * The parts of what a model wrote.
 *
 * @param text the answer itself
 * @param reasoning what the model thought beforehand, empty if it did not
 * @param toolCalls what it asks tools to do
 */
public record Reply(String text, String reasoning, List<ToolCall> toolCalls) {
    public Reply {
        toolCalls = List.copyOf(toolCalls);
    }
}
