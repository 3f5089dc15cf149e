package bitnet.inspect;

import bitnet.BitNetException;
import bitnet.inspect.Finding.Severity;
import bitnet.model.ModelFile;
import bitnet.template.ChatTemplate;
import bitnet.template.ChatTemplates;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks at vocabulary and chat template for what goes wrong in practice. */
final class VocabularyChecks {
    private static final String VOCABULARY = "vocabulary";
    private static final String TEMPLATE = "chat template";
    private static final String SAMPLE = "Hello, world! 123 äöü \u4f60\u597d \ud83d\ude80\n";
    private final Consumer<Finding> findings;

    VocabularyChecks(Consumer<Finding> findings) {
        this.findings = findings;
    }

    void tokenizer(TokenizerSpec spec) {
        if (spec.endOfGeneration().isEmpty()) {
            add(
                    Severity.ERROR,
                    VOCABULARY,
                    "no token ends an answer",
                    "answers go on until they are cut",
                    "declare one");
        }
        if (spec.addBos() && spec.bos() < 0) {
            add(
                    Severity.ERROR,
                    VOCABULARY,
                    "prompts are to begin with a begin-of-text token, but none is declared",
                    "the model was trained with one",
                    "declare it");
        }
        Tokenizer tokenizer = Tokenizer.of(spec);
        String back = tokenizer.decode(tokenizer.encode(SAMPLE, false), false);
        if (!back.strip().equals(SAMPLE.strip())) {
            add(
                    Severity.WARNING,
                    VOCABULARY,
                    "\"" + SAMPLE.strip() + "\" comes back as \"" + back.strip() + "\"",
                    "the model does not see the text that it is given",
                    "");
        }
    }

    /** Which template the model talks with, or null. */
    ChatTemplates.@Nullable Choice template(ModelFile file, String architecture, TokenizerSpec spec) {
        String attached = file.chatTemplate().orElse(null);
        try {
            ChatTemplates.Choice choice = ChatTemplates.forModel(architecture, spec, attached);
            if (choice == null) {
                add(Severity.NOTE, TEMPLATE, "none, and none is known for this model", "it completes text only", "");
            } else {
                render(choice.template(), spec);
            }
            return choice;
        } catch (BitNetException e) {
            add(
                    Severity.ERROR,
                    TEMPLATE,
                    String.valueOf(e.getMessage()),
                    "the model completes text, but does not chat",
                    "");
            return null;
        }
    }

    private void render(ChatTemplate template, TokenizerSpec spec) {
        List<ChatTemplate.Turn> turns = List.of(
                new ChatTemplate.Turn("user", "question 1"),
                new ChatTemplate.Turn("assistant", "answer 1"),
                new ChatTemplate.Turn("user", "question 2"));
        String text = template.render(turns, true, word(spec, spec.bos()), word(spec, spec.eos()), Map.of());
        if (!text.contains("question 1") || !text.contains("answer 1") || !text.contains("question 2")) {
            add(Severity.ERROR, TEMPLATE, "it leaves out messages", "the model does not see the conversation", "");
        }
    }

    private void add(Severity severity, String subject, String problem, String why, String cure) {
        findings.accept(new Finding(severity, subject, problem, why, cure));
    }

    private static String word(TokenizerSpec spec, int token) {
        return token < 0 ? "" : spec.tokens().get(token);
    }
}
