package bitnet.cli;

import bitnet.BitNetException;
import bitnet.KvType;
import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufModel;
import bitnet.model.ModelFile;
import bitnet.model.Transformer;
import bitnet.template.ChatTemplates;
import bitnet.tokenizer.TokenizerSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in a model's files, and what is wrong with them.
 *
 * @param file the open files
 * @param transformer the weights, or null if there are none or they are broken
 * @param vocabulary the vocabulary, or null if it is broken
 * @param template the chat template in use, or null
 * @param tensors as stored
 * @param findings what was found
 */
record Inspection(
        ModelFile file,
        @Nullable Transformer transformer,
        @Nullable TokenizerSpec vocabulary,
        ChatTemplates.@Nullable Choice template,
        List<StoredTensors.Entry> tensors,
        List<Finding> findings) {

    /** Looks at everything. */
    static Inspection of(ModelFile file) {
        List<Finding> findings = new ArrayList<>();
        List<StoredTensors.Entry> tensors = StoredTensors.of(file);
        Transformer transformer = transformer(file, tensors.isEmpty(), findings);
        if (transformer != null) {
            new WeightChecks(findings::add).check(transformer);
        }
        TokenizerSpec vocabulary = null;
        ChatTemplates.Choice template = null;
        var checks = new VocabularyChecks(findings::add);
        try {
            vocabulary = file.tokenizer();
            checks.tokenizer(file, vocabulary);
            template = checks.template(file, architecture(file, transformer), vocabulary);
        } catch (BitNetException e) {
            findings.add(Finding.problem("vocabulary", String.valueOf(e.getMessage())));
        }
        return new Inspection(file, transformer, vocabulary, template, tensors, List.copyOf(findings));
    }

    private static @Nullable Transformer transformer(ModelFile file, boolean empty, List<Finding> findings) {
        try {
            return file.transformer();
        } catch (ModelUnsupportedException e) {
            findings.add(
                    empty
                            ? Finding.note("weights", "none: this is a vocabulary alone")
                            : Finding.problem("weights", String.valueOf(e.getMessage())));
        } catch (BitNetException e) {
            findings.add(Finding.problem("weights", String.valueOf(e.getMessage())));
        }
        return null;
    }

    private static String architecture(ModelFile file, @Nullable Transformer transformer) {
        if (transformer != null) {
            return transformer.config().architecture();
        }
        return file instanceof GgufModel gguf
                ? gguf.file().metadata().text("general.architecture").orElse("")
                : "";
    }

    /** Whether anything is wrong. */
    boolean hasProblems() {
        return findings.stream().anyMatch(Finding::isProblem);
    }

    /** Weights, embedding included; a tied head counts once. */
    long parameters() {
        if (transformer == null) {
            return 0;
        }
        var embedding = transformer.embedding();
        long table = (long) embedding.rows() * embedding.columns();
        long ternary = Workload.of(transformer, KvType.F16).ternaryWeights();
        return ternary + table * (transformer.isTied() ? 1 : 2);
    }
}
