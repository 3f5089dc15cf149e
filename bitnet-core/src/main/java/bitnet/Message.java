package bitnet;

import java.util.Objects;

/** One message of a conversation. */
public sealed interface Message {
    /**
     * How the assistant should behave; at most one, at the beginning of a conversation.
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
     */
    record Assistant(String text) implements Message {
        public Assistant {
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

    /** What is said. Control tokens that it spells, such as {@code <|eot_id|>}, are text and never become tokens. */
    String text();

    /** {@code system}, {@code user} or {@code assistant}, as chat templates name them. */
    default String role() {
        return switch (this) {
            case System _ -> "system";
            case User _ -> "user";
            case Assistant _ -> "assistant";
        };
    }
}
