package bitnet.langchain4j;

import bitnet.Embedding;
import bitnet.EmbeddingOptions;
import dev.langchain4j.data.message.ContentType;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.Set;

/** Vectors of texts. Thread-safe. The model stays its owner's. */
public final class BitNetEmbeddingModel implements EmbeddingModel {
    private final bitnet.EmbeddingModel model;
    private final EmbeddingOptions options;

    /** With {@link EmbeddingOptions#defaults()}. */
    public BitNetEmbeddingModel(bitnet.EmbeddingModel model) {
        this(model, EmbeddingOptions.defaults());
    }

    /** With a prompt in front of texts, for instance: a model for queries and one for documents can share a {@code model}. */
    public BitNetEmbeddingModel(bitnet.EmbeddingModel model, EmbeddingOptions options) {
        this.model = model;
        this.options = options;
    }

    /**
     * {@inheritDoc}
     *
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if an input has content that is not text
     * @throws bitnet.ContextOverflowException if a text does not fit and the options do not say to cut it
     */
    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        List<String> texts = request.inputs().stream()
                .map(input -> BitNetRequest.text(input.contents()))
                .toList();
        EmbeddingOptions asked = request.dimensions() == null ? options : options.withDimensions(request.dimensions());
        List<Embedding> embeddings = model.embed(texts, asked);
        int tokens = embeddings.stream().mapToInt(Embedding::tokens).sum();
        return EmbeddingResponse.builder()
                .embeddings(embeddings.stream()
                        .map(embedding -> dev.langchain4j.data.embedding.Embedding.from(embedding.vector()))
                        .toList())
                .modelName(request.modelName() == null ? modelName() : request.modelName())
                .tokenUsage(new TokenUsage(tokens))
                .build();
    }

    @Override
    public int dimension() {
        return options.dimensions() == 0 ? model.dimensions() : Math.min(options.dimensions(), model.dimensions());
    }

    @Override
    public String modelName() {
        return model.info().name();
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return Set.of(EmbeddingRequestParameters.DIMENSIONS, EmbeddingRequestParameters.MODEL_NAME);
    }

    @Override
    public Set<ContentType> supportedContentTypes() {
        return Set.of(ContentType.TEXT);
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }
}
