package bitnet.engine;

import bitnet.Reply;
import bitnet.ReplyReader;
import bitnet.json.JsonValues;
import java.util.List;
import java.util.Set;

/** Reads an answer whose constraint says what it is: a call of one of several tools, or text. */
final class ConstrainedReply implements ReplyReader {
    private final Set<String> tools;
    private final List<String> beginnings;
    private final StringBuilder held = new StringBuilder();
    private boolean text;

    /** @param tools names of those that the answer may call; if there are none it is text */
    ConstrainedReply(List<String> tools) {
        this.tools = Set.copyOf(tools);
        this.beginnings = tools.stream()
                .map(tool -> solid("{\"name\":" + JsonValues.text(tool)))
                .toList();
        this.text = tools.isEmpty();
    }

    @Override
    public Reply next(String piece) {
        held.append(piece);
        text = text || !canBeCall();
        return text ? taken() : new Reply("", "", List.of());
    }

    @Override
    public Reply finish() {
        if (!text) {
            Reply reply = ReplyParser.parse(held.toString());
            if (!reply.toolCalls().isEmpty()
                    && reply.toolCalls().stream().allMatch(call -> tools.contains(call.name()))) {
                return reply;
            }
        }
        return taken();
    }

    private Reply taken() {
        Reply reply = new Reply(held.toString(), "", List.of());
        held.setLength(0);
        return reply;
    }

    private boolean canBeCall() {
        String begun = solid(held.toString());
        return begun.startsWith("<")
                || beginnings.stream().anyMatch(call -> call.startsWith(begun) || begun.startsWith(call));
    }

    private static String solid(String text) {
        return text.replaceAll("\\s", "");
    }
}
