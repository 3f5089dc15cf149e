package bitnet.inspect;

import bitnet.BitNetException;
import bitnet.gguf.GgufModel;
import bitnet.inspect.Finding.Severity;
import bitnet.model.Head;
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
public record Inspection(
        ModelFile file,
        @Nullable Transformer transformer,
        @Nullable TokenizerSpec vocabulary,
        ChatTemplates.@Nullable Choice template,
        List<StoredTensor> tensors,
        List<Finding> findings) {

    /**
     * Looks at everything: every ternary code and every row of the embedding is read, which takes seconds for a model of
     * gigabytes. What cannot be read becomes a finding, not an exception.
     */
    public static Inspection of(ModelFile file) {
        List<Finding> findings = new ArrayList<>();
        if (file instanceof GgufModel gguf) {
            findings.addAll(GgufInspection.of(gguf));
        }
        List<StoredTensor> tensors = StoredTensor.of(file);
        Transformer transformer = tensors.isEmpty() ? null : transformer(file, findings);
        if (transformer != null) {
            new WeightChecks(findings::add).check(transformer);
        }
        TokenizerSpec vocabulary = null;
        ChatTemplates.Choice template = null;
        var checks = new VocabularyChecks(findings::add);
        try {
            vocabulary = file.tokenizer();
            checks.tokenizer(vocabulary);
            if (transformer == null || transformer.output() instanceof Head) {
                template = checks.template(file, architecture(file, transformer), vocabulary);
            }
        } catch (BitNetException e) {
            unreadable("vocabulary", e, findings);
        }
        return new Inspection(file, transformer, vocabulary, template, tensors, List.copyOf(findings));
    }

    private static @Nullable Transformer transformer(ModelFile file, List<Finding> findings) {
        try {
            return file.transformer();
        } catch (BitNetException e) {
            unreadable("weights", e, findings);
            return null;
        }
    }

    /** Adds what a reader refused, unless another check has met it before. */
    private static void unreadable(String subject, BitNetException e, List<Finding> findings) {
        String message = String.valueOf(e.getMessage());
        if (findings.stream().noneMatch(finding -> finding.problem().equals(message))) {
            findings.add(new Finding(Severity.ERROR, subject, message, "it cannot be read", ""));
        }
    }

    private static String architecture(ModelFile file, @Nullable Transformer transformer) {
        if (transformer != null) {
            return transformer.config().architecture();
        }
        return file instanceof GgufModel gguf
                ? gguf.file().metadata().text("general.architecture").orElse("")
                : "";
    }

    /** Whether there is something at least so bad. */
    public boolean has(Severity severity) {
        return findings.stream().anyMatch(finding -> finding.severity().compareTo(severity) <= 0);
    }

    /** Number of weights, embedding included; a tied head counts once, norms do not. 0 if there are no weights. */
    public long parameters() {
        if (transformer == null) {
            return 0;
        }
        var embedding = transformer.embedding();
        long table = (long) embedding.rows() * embedding.columns();
        long ternary = transformer.layers().stream()
                .flatMap(layer -> layer.matrices().stream())
                .mapToLong(matrix -> (long) matrix.rows() * matrix.columns())
                .sum();
        return ternary + table * (transformer.output() instanceof Head && !transformer.isTied() ? 2 : 1);
    }
}
