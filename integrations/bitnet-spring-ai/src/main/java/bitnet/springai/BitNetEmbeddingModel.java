package bitnet.springai;

import bitnet.EmbeddingOptions;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.AbstractEmbeddingModel;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/** Vectors of texts. Thread-safe. The model stays its owner's. */
public final class BitNetEmbeddingModel extends AbstractEmbeddingModel {
    private static final EmbeddingModelObservationConvention CONVENTION =
            new DefaultEmbeddingModelObservationConvention();

    private final bitnet.EmbeddingModel model;
    private final EmbeddingOptions options;
    private final ObservationRegistry registry;
    private final EmbeddingModelObservationConvention convention;

    /** With {@link EmbeddingOptions#defaults()}, observed by nobody. */
    public BitNetEmbeddingModel(bitnet.EmbeddingModel model) {
        this(model, EmbeddingOptions.defaults(), ObservationRegistry.NOOP, CONVENTION);
    }

    /**
     * @param model the model, which stays its owner's
     * @param options of all requests; a request may ask for other dimensions
     * @param registry where each request is observed
     * @param convention how an observation is named
     */
    public BitNetEmbeddingModel(
            bitnet.EmbeddingModel model,
            EmbeddingOptions options,
            ObservationRegistry registry,
            EmbeddingModelObservationConvention convention) {
        this.model = model;
        this.options = options;
        this.registry = registry;
        this.convention = convention;
    }

    /**
     * {@inheritDoc}
     *
     * @throws bitnet.ContextOverflowException if a text does not fit and the options do not say to cut it
     */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        EmbeddingModelObservationContext context = EmbeddingModelObservationContext.builder()
                .embeddingRequest(new EmbeddingRequest(request.getInstructions(), asked(request)))
                .provider(BitNetChatModel.PROVIDER)
                .build();
        return EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION
                .observation(convention, CONVENTION, () -> context, registry)
                .observe(() -> {
                    EmbeddingResponse response = response(request);
                    context.setResponse(response);
                    return response;
                });
    }

    private EmbeddingResponse response(EmbeddingRequest request) {
        var asked = asked(request);
        List<bitnet.Embedding> embeddings = model.embed(
                request.getInstructions(),
                asked.getDimensions() == null ? options : options.withDimensions(asked.getDimensions()));
        List<Embedding> results = new ArrayList<>();
        int tokens = 0;
        for (bitnet.Embedding embedding : embeddings) {
            results.add(new Embedding(embedding.vector(), results.size()));
            tokens += embedding.tokens();
        }
        return new EmbeddingResponse(
                results,
                new EmbeddingResponseMetadata(Objects.requireNonNull(asked.getModel()), new DefaultUsage(tokens, 0)));
    }

    /** The request's options, with the model's name where they have none. */
    private org.springframework.ai.embedding.EmbeddingOptions asked(EmbeddingRequest request) {
        var own = request.getOptions();
        String name = own == null || own.getModel() == null ? model.info().name() : own.getModel();
        var builder =
                org.springframework.ai.embedding.EmbeddingOptions.builder().model(name);
        if (own != null && own.getDimensions() != null) {
            builder.dimensions(own.getDimensions());
        }
        return builder.build();
    }

    @Override
    public float[] embed(Document document) {
        return embed(Objects.requireNonNullElse(getEmbeddingContent(document), ""));
    }

    @Override
    public int dimensions() {
        return options.dimensions() == 0 ? model.dimensions() : Math.min(options.dimensions(), model.dimensions());
    }
}
