package bitnet.springai.autoconfigure;

import bitnet.EmbeddingOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the embedding model is, and what vectors it makes.
 *
 * @param model a GGUF file or a Hugging Face directory; without it there is an embedding model only if the application has a bean of type
 *     bitnet.EmbeddingModel
 * @param promptName which of the model's prompts to put in front of each text
 * @param dimensions how many of the first dimensions to keep; 0 for all
 * @param truncation whether a text that is longer than the context is cut to it; otherwise it is refused
 */
@ConfigurationProperties("spring.ai.bitnet.embedding")
public record BitNetEmbeddingProperties(
        @Nullable Path model,
        @Nullable String promptName,
        @DefaultValue("0") int dimensions,
        @DefaultValue("false") boolean truncation) {
    EmbeddingOptions options() {
        EmbeddingOptions options =
                EmbeddingOptions.defaults().withDimensions(dimensions).withTruncation(truncation);
        return promptName == null ? options : options.withPromptName(promptName);
    }
}
