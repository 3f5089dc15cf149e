package bitnet;

import java.util.List;
import java.util.Objects;

/** One message of a conversation. */
public sealed interface Message {
    /**
     * How the assistant should behave. Most templates take one, at the beginning of a conversation.
     *
     * @param text what is said
     */
    @SuppressWarnings("AvoidCommonTypeNames") // the role's name, which is always written Message.System
    record System(String text) implements Message {
        public System {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * What the user said.
     *
     * @param text what is said
     */
    record User(String text) implements Message {
        public User {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * What the model answered.
     *
     * @param text what is said
     * @param toolCalls what it asked tools to do
     */
    record Assistant(String text, List<ToolCall> toolCalls) implements Message {
        public Assistant {
            Objects.requireNonNull(text, "text");
            toolCalls = List.copyOf(toolCalls);
        }

        /** An answer without tools. */
        public Assistant(String text) {
            this(text, List.of());
        }
    }

    /**
     * What a tool gave back.
     *
     * @param id of the {@link ToolCall}
     * @param name the tool's name
     * @param text its result, as the model is to read it
     */
    record Tool(String id, String name, String text) implements Message {
        public Tool {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(text, "text");
        }
    }

    /** How the assistant should behave. */
    static Message system(String text) {
        return new System(text);
    }

    /** What the user said. */
    static Message user(String text) {
        return new User(text);
    }

    /** What the model answered. */
    static Message assistant(String text) {
        return new Assistant(text);
    }

    /** What the model answered, and asked tools to do. */
    static Message assistant(String text, List<ToolCall> toolCalls) {
        return new Assistant(text, toolCalls);
    }

    /** What a tool gave back: {@code id} of the call, the tool's name, and the result. */
    static Message tool(String id, String name, String result) {
        return new Tool(id, name, result);
    }

    /** What is said. Control tokens that it spells, such as {@code <|eot_id|>}, are text and never become tokens. */
    String text();

    /** {@code system}, {@code user}, {@code assistant} or {@code tool}, as chat templates name them. */
    default String role() {
        return switch (this) {
            case System _ -> "system";
            case User _ -> "user";
            case Assistant _ -> "assistant";
            case Tool _ -> "tool";
        };
    }
}
