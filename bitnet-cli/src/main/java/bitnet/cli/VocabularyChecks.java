package bitnet.cli;

import bitnet.BitNetException;
import bitnet.gguf.GgufModel;
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
    private static final String PRE = "tokenizer.ggml.pre";
    private static final String SAMPLE = "Hello, world! 123 äöü \u4f60\u597d \ud83d\ude80\n";
    private final Consumer<Finding> findings;

    VocabularyChecks(Consumer<Finding> findings) {
        this.findings = findings;
    }

    void tokenizer(ModelFile file, TokenizerSpec spec) {
        if (spec.endOfGeneration().isEmpty()) {
            findings.accept(Finding.problem(
                    "vocabulary", "no token ends an answer: the file declares none, and none is known by name"));
        }
        if (spec.addBos() && spec.bos() < 0) {
            findings.accept(Finding.problem(
                    "vocabulary", "prompts are to begin with a begin-of-text token, but none is declared"));
        }
        if (file instanceof GgufModel gguf
                && spec.kind() == TokenizerSpec.Kind.BYTE_LEVEL_BPE
                && !gguf.file().metadata().has(PRE)) {
            findings.accept(Finding.note(
                    PRE, "missing: bitnet cuts text as Llama 3 does; other software may cut it in another way"));
        }
        String back = Tokenizer.of(spec).decode(Tokenizer.of(spec).encode(SAMPLE, false), false);
        if (!back.strip().equals(SAMPLE.strip())) {
            findings.accept(Finding.problem(
                    "vocabulary",
                    "a text does not survive: \"" + SAMPLE.strip() + "\" became \"" + back.strip() + "\""));
        }
    }

    /** Which template the model talks with, or null. */
    ChatTemplates.@Nullable Choice template(ModelFile file, String architecture, TokenizerSpec spec) {
        String attached = file.chatTemplate().orElse(null);
        try {
            ChatTemplates.Choice choice = ChatTemplates.forModel(architecture, spec, attached);
            if (choice == null) {
                findings.accept(Finding.note(
                        "chat template", "none, and none is known for this model: it completes text only"));
                return null;
            }
            if (attached == null) {
                findings.accept(
                        Finding.note("chat template", "none in the file; " + choice.name() + ": " + choice.reason()));
            }
            render(choice.template(), spec);
            return choice;
        } catch (BitNetException e) {
            findings.accept(Finding.problem("chat template", String.valueOf(e.getMessage())));
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
            findings.accept(Finding.problem("chat template", "it leaves out messages"));
        }
    }

    private static String word(TokenizerSpec spec, int token) {
        return token < 0 ? "" : spec.tokens().get(token);
    }
}
