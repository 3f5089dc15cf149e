package bitnet.family;

import bitnet.model.Attention;
import bitnet.model.GatedFeedForward;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the description of a decoder of any {@link Family} from the tensors of its container. */
public final class DecoderReader {
    private final Family family;
    private final TensorNames names;
    private final ModelConfig config;
    private final Weights weights;

    private DecoderReader(Family family, TensorNames names, ModelConfig config, Weights weights) {
        this.family = family;
        this.names = names;
        this.config = config;
        this.weights = weights;
    }

    /**
     * The model.
     *
     * @param tied whether its head is its embedding
     * @throws bitnet.ModelFormatException if a tensor is missing or misshapen
     * @throws bitnet.ModelUnsupportedException if one is of a kind that the model cannot have
     */
    public static Transformer read(
            Family family, TensorNames names, ModelConfig config, boolean tied, Weights weights) {
        return new DecoderReader(family, names, config, weights).read(tied);
    }

    private Transformer read(boolean tied) {
        TokenTable embedding = weights.table(names.embedding(), config.vocabulary(), config.hidden());
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(names.layer().formatted(i)));
        }
        float[] outputNorm = weights.vector(names.outputNorm(), config.hidden());
        TokenTable head = tied ? embedding : weights.table(names.head(), config.vocabulary(), config.hidden());
        return new Transformer(config, embedding, layers, outputNorm, head);
    }

    private Layer layer(String prefix) {
        return new Layer(
                weights.vector(prefix + names.attentionNorm(), config.hidden()),
                attention(prefix),
                weights.vector(prefix + names.feedForwardNorm(), config.hidden()),
                feedForward(prefix));
    }

    private Attention attention(String prefix) {
        int hidden = config.hidden();
        Attention.HeadNorms headNorms = family.hasHeadNorms()
                ? new Attention.HeadNorms(
                        weights.vector(prefix + names.queryNorm(), config.headDim()),
                        weights.vector(prefix + names.keyNorm(), config.headDim()))
                : null;
        return new Attention(
                new Linear(weights.matrix(prefix + names.query(), config.queryWidth(), hidden, true)),
                new Linear(weights.matrix(prefix + names.key(), config.kvWidth(), hidden, true)),
                new Linear(weights.matrix(prefix + names.value(), config.kvWidth(), hidden, false)),
                headNorms,
                new Linear(
                        weights.matrix(prefix + names.output(), hidden, config.queryWidth(), false),
                        subNorm(prefix, names.attentionSubNorm(), config.queryWidth())));
    }

    private GatedFeedForward feedForward(String prefix) {
        int hidden = config.hidden();
        int inner = config.feedForward();
        return new GatedFeedForward(
                new Linear(weights.matrix(prefix + names.gate(), inner, hidden, false)),
                new Linear(weights.matrix(prefix + names.up(), inner, hidden, false)),
                config.activation(),
                new Linear(
                        weights.matrix(prefix + names.down(), hidden, inner, false),
                        subNorm(prefix, names.feedForwardSubNorm(), inner)));
    }

    private float @Nullable [] subNorm(String prefix, List<String> candidates, int width) {
        if (!family.hasSubNorms()) {
            return null;
        }
        String name = candidates.stream()
                .map(candidate -> prefix + candidate)
                .filter(weights::has)
                .findFirst()
                .orElse(prefix + candidates.getFirst());
        return weights.vector(name, width);
    }
}
