package bitnet.engine;

import bitnet.Reply;
import bitnet.ReplyReader;
import bitnet.ToolCall;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes apart what models write: reasoning, calls of tools, and the answer. */
final class ReplyParser implements ReplyReader {
    static final String THINK = "<think>";
    private static final String THINK_END = "</think>";
    private static final String CALL = "<tool_call>";
    private static final String CALL_END = "</tool_call>";

    private enum Part {
        /** Nothing but blanks, or what could be the mark of reasoning. */
        BEGINNING,
        REASONING,
        /** Nothing of the answer but blanks, or what could be the mark of a call. */
        ANSWER_BEGINNING,
        ANSWER,
        /** Behind the mark of a call. */
        CALL,
        /** An answer that may be calls without marks. */
        JSON
    }

    private final boolean readsCalls;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private Part part;
    private boolean reasoned;
    private int called;
    /** The blanks before a mark of a call. */
    private String gap = "";

    /**
     * @param reasons whether the prompt ends with the mark where reasoning begins
     * @param readsCalls whether there are tools to call
     */
    ReplyParser(boolean reasons, boolean readsCalls) {
        this.readsCalls = readsCalls;
        this.part = reasons ? Part.REASONING : Part.BEGINNING;
    }

    /** The parts of a whole answer. */
    static Reply parse(String answer) {
        // A template may have written the mark where reasoning begins.
        boolean reasons = answer.contains(THINK_END) && !answer.stripLeading().startsWith(THINK);
        var parser = new ReplyParser(reasons, true);
        parser.read(answer);
        return parser.finish();
    }

    @Override
    public Reply next(String piece) {
        read(piece);
        return taken();
    }

    private void read(String piece) {
        held.append(piece);
        while (step()) {
            // goes on with the next part
        }
    }

    @Override
    public Reply finish() {
        String rest = held.toString();
        held.setLength(0);
        switch (part) {
            case REASONING -> reason(rest.stripTrailing());
            case CALL -> {
                if (!add(rest)) {
                    text.append(gap).append(CALL).append(rest);
                }
            }
            case JSON -> {
                if (rest.contains(CALL)) {
                    part = Part.ANSWER;
                    read(rest);
                    return finish();
                }
                List<ToolCall> alone = ToolCalls.alone(rest);
                alone.forEach(this::add);
                text.append(alone.isEmpty() ? rest : "");
            }
            case BEGINNING, ANSWER_BEGINNING, ANSWER -> {
                boolean follows = called > 0 || (reasoned && part == Part.ANSWER_BEGINNING);
                text.append(follows && rest.isBlank() ? "" : rest);
            }
        }
        return taken();
    }

    private Reply taken() {
        var reply = new Reply(text.toString(), reasoning.toString(), calls);
        text.setLength(0);
        reasoning.setLength(0);
        calls.clear();
        return reply;
    }

    /** Reads on in what is held; false if more has to come first. */
    private boolean step() {
        return switch (part) {
            case BEGINNING -> begin();
            case REASONING -> reason();
            case ANSWER_BEGINNING -> beginAnswer();
            case ANSWER -> answer();
            case CALL -> call();
            case JSON -> false;
        };
    }

    private boolean begin() {
        String begun = held.toString().stripLeading();
        if (begun.startsWith(THINK)) {
            held.delete(0, held.indexOf(THINK) + THINK.length());
            part = Part.REASONING;
            return true;
        }
        if (THINK.startsWith(begun)) {
            return false;
        }
        part = Part.ANSWER_BEGINNING;
        return true;
    }

    private boolean reason() {
        int end = held.indexOf(THINK_END);
        int certain = solid(end < 0 ? held.length() - possibleStart(THINK_END) : end);
        reason(held.substring(0, certain));
        if (end < 0) {
            held.delete(0, certain);
            return false;
        }
        held.delete(0, end + THINK_END.length());
        reasoned = true;
        part = Part.ANSWER_BEGINNING;
        return true;
    }

    private void reason(String piece) {
        String begun = reasoned ? piece : piece.stripLeading();
        reasoning.append(begun);
        reasoned |= !begun.isEmpty();
    }

    private boolean beginAnswer() {
        String begun = held.toString().stripLeading();
        if (begun.isEmpty()) {
            return false;
        }
        if (reasoned) {
            held.delete(0, held.length() - begun.length());
        }
        if (readsCalls && (begun.startsWith("{") || begun.startsWith(ToolCalls.PYTHON_TAG))) {
            part = Part.JSON;
            return false;
        }
        if (readsCalls && ToolCalls.PYTHON_TAG.startsWith(begun)) {
            return false;
        }
        part = Part.ANSWER;
        return true;
    }

    private boolean answer() {
        if (!readsCalls) {
            text.append(held);
            held.setLength(0);
            return false;
        }
        int mark = held.indexOf(CALL);
        int certain = solid(mark < 0 ? held.length() - possibleStart(CALL) : mark);
        text.append(held, 0, certain);
        if (mark < 0) {
            held.delete(0, certain);
            return false;
        }
        gap = held.substring(certain, mark);
        held.delete(0, mark + CALL.length());
        part = Part.CALL;
        return true;
    }

    private boolean call() {
        int end = held.indexOf(CALL_END);
        if (end < 0) {
            return false;
        }
        String body = held.substring(0, end);
        held.delete(0, end + CALL_END.length());
        if (!add(body)) {
            text.append(gap).append(CALL).append(body).append(CALL_END);
        }
        part = Part.ANSWER;
        return true;
    }

    private boolean add(String body) {
        @Nullable ToolCall call = ToolCalls.marked(body.strip());
        if (call == null) {
            return false;
        }
        add(call);
        return true;
    }

    private void add(ToolCall call) {
        calls.add(new ToolCall("call_" + called++, call.name(), call.arguments()));
    }

    /** The end of what is held before {@code end} without the blanks at its end. */
    private int solid(int end) {
        int at = end;
        while (at > 0 && Character.isWhitespace(held.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    /** Length of the longest end of what is held that a mark begins with. */
    private int possibleStart(String mark) {
        int length = Math.min(mark.length() - 1, held.length());
        while (!mark.startsWith(held.substring(held.length() - length))) {
            length--;
        }
        return length;
    }
}
