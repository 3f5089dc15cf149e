package bitnet;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link ChatSession} behaves. Start from {@link #defaults()} and change with the {@code with} methods; the
 * canonical constructor grows with new options and is not stable.
 *
 * @param system the system message, or null for none
 * @param history an earlier conversation to go on with: user and assistant in turns, with the results of tools behind the calls, the assistant last
 * @param generation options of answers that have none of their own, or null for {@link Model#defaultOptions()}
 * @param prompt what the model's template is told beside the messages
 * @param overflow what to do when the conversation no longer fits into the context
 */
public record ChatOptions(
        @Nullable String system,
        List<Message> history,
        @Nullable GenerationOptions generation,
        PromptOptions prompt,
        OverflowPolicy overflow) {
    /** What to do when a conversation no longer fits into the context. */
    public enum OverflowPolicy {
        /** Throw {@link ContextOverflowException}. */
        FAIL,
        /**
         * Once a prompt takes more than three quarters of the context, leave out the oldest question with its answer, and
         * the next, until the rest takes half of it. The system message and the last message stay; if these alone do not
         * fit, {@link ContextOverflowException}. {@link ChatSession#history()} keeps everything.
         */
        DROP_OLDEST_TURNS
    }

    /**
     * @throws IllegalArgumentException if the history has a system message, an answer with no message before it, or does not
     *     end with the assistant
     */
    public ChatOptions {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(overflow, "overflow");
        history = List.copyOf(history);
        String before = "assistant";
        for (int i = 0; i < history.size(); i++) {
            String role = history.get(i).role();
            boolean follows = switch (role) {
                case "user" -> before.equals("assistant");
                case "tool" -> i > 0 && !before.equals("user");
                case "assistant" -> !before.equals("assistant");
                default -> false;
            };
            if (!follows) {
                throw new IllegalArgumentException("message " + i + " of the history is by " + role
                        + ", which does not follow " + (i == 0 ? "at the beginning" : "one by " + before));
            }
            before = role;
        }
        if (!before.equals("assistant")) {
            throw new IllegalArgumentException(
                    "the history ends with the " + before + ", not with the assistant's answer");
        }
    }

    /** No system message and no history, the model's own sampling, {@link OverflowPolicy#FAIL}. */
    public static ChatOptions defaults() {
        return new ChatOptions(null, List.of(), null, PromptOptions.defaults(), OverflowPolicy.FAIL);
    }

    /** These options with another {@link #system()}. */
    public ChatOptions withSystem(@Nullable String text) {
        return new ChatOptions(text, history, generation, prompt, overflow);
    }

    /** These options with another {@link #history()}. */
    public ChatOptions withHistory(List<Message> messages) {
        return new ChatOptions(system, messages, generation, prompt, overflow);
    }

    /** These options with another {@link #generation()}. */
    public ChatOptions withGeneration(@Nullable GenerationOptions options) {
        return new ChatOptions(system, history, options, prompt, overflow);
    }

    /** These options with another {@link #prompt()}. */
    public ChatOptions withPrompt(PromptOptions options) {
        return new ChatOptions(system, history, generation, options, overflow);
    }

    /** These options with another {@link #overflow()}. */
    public ChatOptions withOverflow(OverflowPolicy policy) {
        return new ChatOptions(system, history, generation, prompt, policy);
    }
}
