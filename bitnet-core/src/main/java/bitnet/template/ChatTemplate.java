package bitnet.template;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A chat template: the Jinja subset in which model files say how a conversation is spelled. Immutable and thread-safe.
 *
 * <p>White space is treated as transformers does it: the newline after a block is dropped, and so is the indentation
 * before one ({@code trim_blocks}, {@code lstrip_blocks}).
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ChatTemplate {
    /**
     * A message of a conversation.
     *
     * @param role {@code system}, {@code user} or {@code assistant}
     * @param content what was said
     */
    public record Turn(String role, String content) {}

    private ChatTemplate() {}

    /**
     * Parses a template.
     *
     * @throws bitnet.ChatTemplateException if it is not one, with the line and column where that shows
     */
    public static ChatTemplate parse(String source) {
        throw new UnsupportedOperationException(source);
    }

    /** This template with another clock for {@code strftime_now}; the system's is the default. */
    public ChatTemplate withClock(Clock clock) {
        throw new UnsupportedOperationException(clock.toString());
    }

    /**
     * The conversation as the model expects it, ready to be encoded with special tokens parsed and without another
     * begin-of-text token.
     *
     * @param addGenerationPrompt whether the text ends where the assistant is to speak
     * @param bos how the begin-of-text token is written, or empty
     * @param eos how the end-of-text token is written, or empty
     * @param variables what else the template may use: strings, booleans, numbers, null, lists and maps of these
     * @throws bitnet.ChatTemplateException if the template fails or refuses the conversation
     */
    public String render(
            List<Turn> turns, boolean addGenerationPrompt, String bos, String eos, Map<String, ?> variables) {
        throw new UnsupportedOperationException();
    }

    /** Renders with nothing but these variables. As {@link #render(List, boolean, String, String, Map)} otherwise. */
    public String render(Map<String, ?> variables) {
        throw new UnsupportedOperationException();
    }

    /** The template's text. */
    public String source() {
        throw new UnsupportedOperationException();
    }
}
