package bitnet.gguf;

import bitnet.ModelUnsupportedException;
import bitnet.PoolingType;
import bitnet.family.Family;
import bitnet.family.Family.Trait;
import bitnet.model.AttentionScope;
import bitnet.model.ModelConfig;
import bitnet.model.Pooling;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the keys of an embedding model say beyond a decoder's: its pooling, and the windows of Gemma 3, with llama.cpp's defaults.
 * Two of them are known to be wrong or missing in published files; the file is obeyed, and the log says so.
 */
final class GgufEmbedding {
    static final String WINDOW = "attention.sliding_window";
    static final String PATTERN = "attention.sliding_window_pattern";
    static final String LOCAL_BASE = "rope.freq_base_swa";
    private static final String POOLING = "pooling_type";
    private static final int USUAL_PATTERN = 6;

    private static final Logger LOG = LoggerFactory.getLogger(GgufEmbedding.class);

    private final GgufFile file;
    private final GgufArchitecture architecture;
    private final Family family;

    GgufEmbedding(GgufFile file, GgufArchitecture architecture, Family family) {
        this.file = file;
        this.architecture = architecture;
        this.family = family;
    }

    /**
     * How a text's vectors become one, which is normalised as llama.cpp does; null for a language model.
     *
     * @throws ModelUnsupportedException if it is a way that bitnet does not have
     */
    @Nullable
    Pooling pooling() {
        int id = file.metadata().integer(key(POOLING), 0, Integer.MAX_VALUE).orElse(0);
        return switch (id) {
            case 0 -> {
                if (!family.has(Trait.EMBEDS)) {
                    yield null;
                }
                LOG.info("{}: {} says no pooling; the last token's vector is taken", file.source(), key(POOLING));
                yield new Pooling(PoolingType.LAST, true);
            }
            case 1 -> {
                if (family.has(Trait.EMBEDS)) {
                    LOG.info(
                            "{}: {} says mean, which converters write as well where they do not know; the cards of BitNet"
                                    + " embeddings say last token. The file is obeyed unless pooling is an option",
                            file.source(),
                            key(POOLING));
                }
                yield new Pooling(PoolingType.MEAN, true);
            }
            case 2 -> new Pooling(PoolingType.FIRST, true);
            case 3 -> new Pooling(PoolingType.LAST, true);
            default ->
                throw new ModelUnsupportedException(
                        file.source(),
                        key(POOLING) + " is " + id + "; bitnet has 1 (mean), 2 (first token) and 3 (last token)");
        };
    }

    /** How each layer's queries meet its keys; empty where all do as the shape says. */
    List<AttentionScope> scopes(ModelConfig config) {
        if (architecture != GgufArchitecture.GEMMA3) {
            return List.of();
        }
        int window = file.metadata().integer(key(WINDOW), 0, Integer.MAX_VALUE).orElse(0);
        if (window == 0) {
            LOG.warn(
                    "{}: {} is missing, so every layer sees all positions; if the model was trained with windows, long texts get"
                            + " other vectors than it would give. Convert it again from its Hugging Face checkpoint to be sure",
                    file.source(),
                    key(WINDOW));
            return List.of();
        }
        double theta = file.metadata().number(key(LOCAL_BASE)).orElse(10_000.0);
        if (!(theta > 0)) {
            throw file.metadata().problem(key(LOCAL_BASE), theta + " is not positive");
        }
        AttentionScope global = config.attentionScope();
        var local = new AttentionScope(new Rope(RopeFrequencies.of(theta, config.headDim())), window, global.scale());
        List<AttentionScope> scopes = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            scopes.add(isLocal(i, config.layers()) ? local : global);
        }
        return scopes;
    }

    /** A number says that every so manieth layer sees everything; an array says it of each. */
    private boolean isLocal(int layer, int layers) {
        String key = key(PATTERN);
        if (file.metadata().values().get(key) instanceof GgufArray array) {
            if (array.size() != layers) {
                throw file.metadata().problem(key, array.size() + " elements for " + layers + " layers");
            }
            return switch (array.values().get(layer)) {
                case GgufValue.Bool flag -> flag.value();
                case GgufValue.Int flag -> flag.value() != 0;
                default -> throw file.metadata().problem(key, "an array of " + array.elementType() + ", not of flags");
            };
        }
        int pattern = file.metadata().integer(key, 1, Integer.MAX_VALUE).orElse(USUAL_PATTERN);
        return (layer + 1) % pattern != 0;
    }

    private String key(String suffix) {
        return architecture.label() + "." + suffix;
    }
}
