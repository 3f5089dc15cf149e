package bitnet.template;

import bitnet.ChatTemplateException;
import bitnet.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The chat templates of the model families, for files that carry none or a wrong one.
 *
 * <p>A file's own template is used, with two exceptions. One that cannot be parsed gives way to the family's. And one is
 * known to be wrong: the official GGUF of BitNet b1.58 2B-4T, and every file that the same converter made, carries a
 * placeholder that spells turns {@code Human: ... BITNETAssistant: }, on which the model never stops. It is recognised by
 * the word {@code BITNETAssistant}, which no other template has; the one in the model's {@code tokenizer_config.json}
 * takes its place.
 *
 * <p>The family is told by the architecture and by the special tokens in the vocabulary, since a template is of use only
 * where its tokens are.
 */
public final class ChatTemplates {
    private static final String WRONG = "BITNETAssistant";

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
     * @return the choice, or null where the file has none and no family is recognised: then the model has no chat format
     * @throws ChatTemplateException if the attached template cannot be parsed and no family is recognised
     */
    public static @Nullable Choice forModel(String architecture, TokenizerSpec spec, @Nullable String attached) {
        String family = family(architecture, spec);
        if (attached == null || attached.isBlank()) {
            return family == null ? null : choice(family, "the file has no chat template");
        }
        if (attached.contains(WRONG) && family != null) {
            return choice(family, "the file's chat template is the converter's placeholder, known to be wrong");
        }
        try {
            return new Choice(ChatTemplate.parse(attached), "attached", "the file's own");
        } catch (ChatTemplateException e) {
            if (family == null) {
                throw e;
            }
            return choice(family, "the file's chat template cannot be parsed: " + e.getMessage());
        }
    }

    /** The family's name, or null. */
    private static @Nullable String family(String architecture, TokenizerSpec spec) {
        if (spec.kind() == TokenizerSpec.Kind.SENTENCEPIECE) {
            return "llama-2";
        }
        boolean endsTurns = spec.tokens().contains("<|eot_id|>");
        if (endsTurns && architecture.toLowerCase(Locale.ROOT).startsWith("bitnet")) {
            return "bitnet-2b-4t";
        }
        if (endsTurns && has(spec, "<|start_header_id|>", "<|end_header_id|>")) {
            return "llama-3";
        }
        if (has(spec, "<|im_start|>", "<|im_end|>")) {
            return "chatml";
        }
        return has(spec, "<|user|>", "<|assistant|>") ? "falcon-3" : null;
    }

    private static boolean has(TokenizerSpec spec, String one, String other) {
        return spec.tokens().contains(one) && spec.tokens().contains(other);
    }

    private static Choice choice(String family, String reason) {
        return new Choice(of(family), family, reason + "; this is the one of its family");
    }

    /** The template of a family. */
    static ChatTemplate of(String family) {
        try (InputStream in = ChatTemplates.class.getResourceAsStream(family + ".jinja")) {
            if (in == null) {
                throw new IllegalArgumentException("no chat template for " + family);
            }
            return ChatTemplate.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
