package bitnet.template;

import bitnet.tokenizer.TokenizerSpec;
import org.jspecify.annotations.Nullable;

/** The chat templates of the model families, for files that carry none or a wrong one. */
@SuppressWarnings("DoNotCallSuggester")
public final class ChatTemplates {
    /**
     * The template that was chosen.
     *
     * @param template the template
     * @param name where it comes from: {@code attached}, or the name of the family whose template it is
     * @param reason why, in words
     */
    public record Choice(ChatTemplate template, String name, String reason) {}

    private ChatTemplates() {}

    /**
     * The template to use for a model.
     *
     * @param architecture the model's architecture as its file names it
     * @param spec the model's vocabulary
     * @param attached the template in the file, or null
     * @return the choice, or null where no template is known: then the model has no chat format
     * @throws bitnet.ChatTemplateException if the attached template cannot be parsed
     */
    public static @Nullable Choice forModel(String architecture, TokenizerSpec spec, @Nullable String attached) {
        throw new UnsupportedOperationException(architecture + spec + attached);
    }
}
