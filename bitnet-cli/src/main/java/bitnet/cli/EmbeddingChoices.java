package bitnet.cli;

import bitnet.EmbeddingOptions;
import bitnet.PoolingType;
import bitnet.spi.Cancellation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of commands that embed texts. */
final class EmbeddingChoices {
    @Option(
            names = "--prompt-name",
            paramLabel = "NAME",
            description = "Put the model's prompt of this name, such as query, in front of each text.")
    @Nullable
    String promptName;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "Put this text in front of each text, in place of --prompt-name.")
    @Nullable
    String prompt;

    @Option(
            names = "--pooling",
            paramLabel = "TYPE",
            description =
                    "Take the last token's vector (last), the mean of all (mean) or the first token's (first), whatever the files say.")
    private @Nullable PoolingType pooling;

    @Option(
            names = "--dimensions",
            paramLabel = "N",
            description = "Keep the first N dimensions, for models that are trained for it.")
    private int dimensions;

    @Option(names = "--no-normalize", description = "Do not scale vectors to length 1.")
    private boolean notNormalized;

    @Option(
            names = "--truncate",
            description = "Cut texts that are longer than the context. Without this option they are an error.")
    private boolean truncate;

    /** @throws UsageException if a value is out of its range */
    EmbeddingOptions options(Cancellation cancellation) {
        try {
            EmbeddingOptions options = EmbeddingOptions.defaults()
                    .withDimensions(dimensions)
                    .withTruncation(truncate)
                    .withCancellation(cancellation);
            options = promptName == null ? options : options.withPromptName(promptName);
            options = prompt == null ? options : options.withPrompt(prompt);
            options = pooling == null ? options : options.withPooling(pooling);
            return notNormalized ? options.withNormalized(false) : options;
        } catch (IllegalArgumentException e) {
            throw OptionNames.usage(e, null);
        }
    }
}
