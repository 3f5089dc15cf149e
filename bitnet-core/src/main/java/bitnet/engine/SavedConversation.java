package bitnet.engine;

import bitnet.Message;
import bitnet.ToolCall;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link ConversationFile} has beside keys and values.
 *
 * @param model fingerprint of the model
 * @param system how the assistant should behave, or null
 * @param turns all messages but the system's
 * @param dropped how many of them are left out of prompts
 * @param tokens of what was computed and generated
 * @param computed how many of the tokens have keys and values
 * @param pageBytes of a page of those
 */
record SavedConversation(
        String model,
        @Nullable String system,
        List<Message> turns,
        int dropped,
        int[] tokens,
        int computed,
        long pageBytes) {
    /** Arguments of calls are JSON, which templates and parsers of replies hold to this depth as well. */
    private static final int DEEPEST = 100;

    private enum Kind {
        NULL('n'),
        TEXT('t'),
        LONG('l'),
        DOUBLE('d'),
        BOOLEAN('b'),
        LIST('['),
        MAP('{');

        private final char letter;

        Kind(char letter) {
            this.letter = letter;
        }
    }

    void write(DataOutputStream out) throws IOException {
        text(out, model);
        out.writeBoolean(system != null);
        if (system != null) {
            text(out, system);
        }
        out.writeInt(turns.size());
        for (Message turn : turns) {
            message(out, turn);
        }
        out.writeInt(dropped);
        out.writeInt(tokens.length);
        for (int token : tokens) {
            out.writeInt(token);
        }
        out.writeInt(computed);
        out.writeLong(pageBytes);
    }

    /** @throws IOException if what is read is no such thing; the message says why */
    static SavedConversation read(DataInputStream in) throws IOException {
        String model = text(in);
        String system = in.readBoolean() ? text(in) : null;
        List<Message> turns = new ArrayList<>();
        for (int i = count(in, "messages"); i > 0; i--) {
            turns.add(message(in));
        }
        int dropped = in.readInt();
        int[] tokens = new int[count(in, "tokens")];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = in.readInt();
        }
        return new SavedConversation(model, system, List.copyOf(turns), dropped, tokens, in.readInt(), in.readLong());
    }

    private static void message(DataOutputStream out, Message message) throws IOException {
        text(out, message.role());
        text(out, message.text());
        if (message instanceof Message.Assistant assistant) {
            out.writeInt(assistant.toolCalls().size());
            for (ToolCall call : assistant.toolCalls()) {
                text(out, call.id());
                text(out, call.name());
                value(out, call.arguments());
            }
        } else if (message instanceof Message.Tool tool) {
            text(out, tool.id());
            text(out, tool.name());
        }
    }

    private static Message message(DataInputStream in) throws IOException {
        String role = text(in);
        String text = text(in);
        return switch (role) {
            case "system" -> Message.system(text);
            case "user" -> Message.user(text);
            case "tool" -> Message.tool(text(in), text(in), text);
            case "assistant" -> {
                List<ToolCall> calls = new ArrayList<>();
                for (int i = count(in, "calls"); i > 0; i--) {
                    String id = text(in);
                    String name = text(in);
                    calls.add(new ToolCall(id, name, arguments(in)));
                }
                yield Message.assistant(text, calls);
            }
            default -> throw new IOException("a message is by '" + role + "', whom nobody knows");
        };
    }

    private static Map<String, @Nullable Object> arguments(DataInputStream in) throws IOException {
        return map(in, kind(in) == Kind.MAP, 0);
    }

    private static void value(DataOutputStream out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> kind(out, Kind.NULL);
            case Long number -> {
                kind(out, Kind.LONG);
                out.writeLong(number);
            }
            case Double number -> {
                kind(out, Kind.DOUBLE);
                out.writeDouble(number);
            }
            case Boolean truth -> {
                kind(out, Kind.BOOLEAN);
                out.writeBoolean(truth);
            }
            case List<?> list -> {
                kind(out, Kind.LIST);
                out.writeInt(list.size());
                for (Object element : list) {
                    value(out, element);
                }
            }
            case Map<?, ?> map -> {
                kind(out, Kind.MAP);
                out.writeInt(map.size());
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    text(out, String.valueOf(entry.getKey()));
                    value(out, entry.getValue());
                }
            }
            default -> {
                kind(out, Kind.TEXT);
                text(out, value.toString());
            }
        }
    }

    private static @Nullable Object value(DataInputStream in, int depth) throws IOException {
        return switch (kind(in)) {
            case NULL -> null;
            case TEXT -> text(in);
            case LONG -> in.readLong();
            case DOUBLE -> in.readDouble();
            case BOOLEAN -> in.readBoolean();
            case LIST -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = count(in, "elements"); i > 0; i--) {
                    list.add(value(in, deeper(depth)));
                }
                yield list;
            }
            case MAP -> map(in, true, depth);
        };
    }

    private static Map<String, @Nullable Object> map(DataInputStream in, boolean isMap, int depth) throws IOException {
        if (!isMap) {
            throw new IOException("arguments of a call are not a map");
        }
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = count(in, "entries"); i > 0; i--) {
            map.put(text(in), value(in, deeper(depth)));
        }
        return map;
    }

    private static int deeper(int depth) throws IOException {
        if (depth == DEEPEST) {
            throw new IOException("arguments of a call lie more than " + DEEPEST + " levels deep");
        }
        return depth + 1;
    }

    private static void kind(DataOutputStream out, Kind kind) throws IOException {
        out.writeByte(kind.letter);
    }

    private static Kind kind(DataInputStream in) throws IOException {
        int letter = in.readUnsignedByte();
        for (Kind kind : Kind.values()) {
            if (kind.letter == letter) {
                return kind;
            }
        }
        throw new IOException("an argument has the unknown kind " + letter);
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(count(in, "bytes of text")), StandardCharsets.UTF_8);
    }

    /** No more than there are bytes, so that nothing is allocated for what is not there. */
    private static int count(DataInputStream in, String what) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException(count + " " + what + " are said, and " + in.available() + " bytes follow");
        }
        return count;
    }
}
