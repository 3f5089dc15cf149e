package bitnet.family;

import bitnet.family.Family.Trait;
import bitnet.model.Attention;
import bitnet.model.GatedFeedForward;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.Mixer;
import bitnet.model.ModelConfig;
import bitnet.model.Output;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the description of a decoder of any {@link Family} from the tensors of its container. */
public final class DecoderReader {
    private final Decoder decoder;
    private final TensorNames names;
    private final ModelConfig config;
    private final Weights weights;

    private DecoderReader(Decoder decoder, TensorNames names, Weights weights) {
        this.decoder = decoder;
        this.names = names;
        this.config = decoder.config();
        this.weights = weights;
    }

    /**
     * The model.
     *
     * @throws bitnet.ModelFormatException if a tensor is missing or misshapen
     * @throws bitnet.ModelUnsupportedException if one is of a kind that the model cannot have
     */
    public static Transformer read(Decoder decoder, TensorNames names, Weights weights) {
        return new DecoderReader(decoder, names, weights).read();
    }

    private Transformer read() {
        TokenTable embedding = weights.table(names.embedding(), config.vocabulary(), config.hidden());
        float scale = decoder.family().has(Trait.SCALED_EMBEDDING) ? (float) Math.sqrt(config.hidden()) : 1;
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(i, names.layer().formatted(i)));
        }
        float[] outputNorm = norm(names.outputNorm(), config.hidden());
        return new Transformer(
                config,
                embedding,
                scale,
                weights.inverseRotation(names.embedding()),
                layers,
                outputNorm,
                output(embedding));
    }

    private Output output(TokenTable embedding) {
        if (decoder.pooling() != null) {
            return decoder.pooling();
        }
        return new Head(
                decoder.tied() ? embedding : weights.table(names.head(), config.vocabulary(), config.hidden()),
                weights.rotation(names.head()));
    }

    private Layer layer(int index, String prefix) {
        return new Layer(
                norm(prefix + names.attentionNorm(), config.hidden()),
                mixer(index, prefix),
                normAfter(prefix + names.afterAttention()),
                norm(prefix + names.feedForwardNorm(), config.hidden()),
                feedForward(prefix),
                normAfter(prefix + names.afterFeedForward()));
    }

    private Mixer mixer(int index, String prefix) {
        Hybrid hybrid = decoder.hybrid();
        return hybrid == null || hybrid.attends(index)
                ? attention(index, prefix)
                : DeltaNetReader.read(config, DeltaNames.GGUF, prefix, hybrid.groupedValues(), weights);
    }

    private Attention attention(int index, String prefix) {
        int hidden = config.hidden();
        if (decoder.hybrid() != null) {
            return new HybridAttentionReader(config, decoder.hybrid(), names, prefix, weights).read();
        }
        Attention.HeadNorms headNorms = decoder.family().has(Trait.HEAD_NORMS)
                ? new Attention.HeadNorms(
                        norm(prefix + names.queryNorm(), config.headDim()),
                        norm(prefix + names.keyNorm(), config.headDim()))
                : null;
        return new Attention(
                linear(prefix + names.query(), config.queryWidth(), hidden, true),
                linear(prefix + names.key(), config.kvWidth(), hidden, true),
                linear(prefix + names.value(), config.kvWidth(), hidden, false),
                headNorms,
                decoder.scope(index),
                linear(prefix, names.output(), hidden, config.queryWidth(), names.attentionSubNorm()));
    }

    private GatedFeedForward feedForward(String prefix) {
        int hidden = config.hidden();
        int inner = config.feedForward();
        return new GatedFeedForward(
                linear(prefix + names.gate(), inner, hidden, false),
                linear(prefix + names.up(), inner, hidden, false),
                config.activation(),
                linear(prefix, names.down(), hidden, inner, names.feedForwardSubNorm()));
    }

    private Linear linear(String name, int rows, int columns, boolean rotated) {
        return new Linear(
                weights.matrix(name, rows, columns, rotated), inputNorm(name, columns), weights.rotation(name));
    }

    /** The last projection of attention or of a feed-forward network. */
    private Linear linear(String prefix, String name, int rows, int columns, List<String> subNorms) {
        float[] norm = decoder.family().has(Trait.SUB_NORMS)
                ? subNorm(prefix, subNorms, columns)
                : inputNorm(prefix + name, columns);
        return new Linear(weights.matrix(prefix + name, rows, columns, false), norm, weights.rotation(prefix + name));
    }

    /** Those of projections are stored as they are, wherever the others are stored around one. */
    private float @Nullable [] inputNorm(String name, int width) {
        return decoder.family().has(Trait.INPUT_NORMS) ? weights.norm(names.inputNorm(name), width, false) : null;
    }

    private float[] subNorm(String prefix, List<String> candidates, int width) {
        String name = candidates.stream()
                .map(candidate -> prefix + candidate)
                .filter(weights::has)
                .findFirst()
                .orElse(prefix + candidates.getFirst());
        return weights.norm(name, width, false);
    }

    private float @Nullable [] normAfter(String name) {
        return decoder.family().has(Trait.NORMS_AFTER) ? norm(name, config.hidden()) : null;
    }

    private float[] norm(String name, int width) {
        return weights.norm(name, width, names.normsAroundOne());
    }
}
