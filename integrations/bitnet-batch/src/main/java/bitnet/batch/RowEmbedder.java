package bitnet.batch;

import bitnet.ContextOverflowException;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import bitnet.PoolingType;
import java.util.List;

/**
 * Embeds rows. A row's vector has the same bits wherever and whenever it is computed, whatever is computed with it. Thread-safe. An
 * interrupt of the thread that waits cancels.
 */
public final class RowEmbedder {
    private final EmbeddingModel model;
    private final EmbeddingOptions options;

    /**
     * The model stays its owner's.
     *
     * @throws IllegalArgumentException if an option does not suit the model
     */
    public RowEmbedder(EmbeddingModel model, EmbeddingOptions options) {
        this.model = model;
        this.options = options;
        model.embed("a", options); // else it would be the fault of every row
    }

    /**
     * Takes the options of {@link EmbeddingOptions} by their names.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public static EmbeddingOptions options(NamedOptions options) {
        EmbeddingOptions chosen = EmbeddingOptions.defaults()
                .withDimensions(options.integer("dimensions", 0))
                .withTruncation(options.flag("truncation", false));
        String promptName = options.text("promptName");
        String prompt = options.text("prompt");
        PoolingType pooling = options.constant("pooling", PoolingType.class);
        String normalized = options.text("normalized");
        chosen = promptName == null ? chosen : chosen.withPromptName(promptName);
        chosen = prompt == null ? chosen : chosen.withPrompt(prompt);
        chosen = pooling == null ? chosen : chosen.withPooling(pooling);
        return normalized == null ? chosen : chosen.withNormalized(NamedOptions.flag("normalized", normalized));
    }

    /**
     * The vectors of texts in their order, or why a text can have none.
     *
     * @throws bitnet.BitNetException if no text can be embedded, or none now
     * @throws java.util.concurrent.CancellationException if the thread was interrupted, which stays pending
     */
    public List<Embedded> embed(List<String> texts) {
        try {
            return model.embed(texts, options).stream()
                    .map(embedding -> new Embedded(embedding, null))
                    .toList();
        } catch (IllegalArgumentException | ContextOverflowException e) {
            return texts.size() == 1
                    ? List.of(Embedded.error(e))
                    : texts.stream()
                            .map(List::of)
                            .map(this::embed)
                            .flatMap(List::stream)
                            .toList();
        }
    }
}
