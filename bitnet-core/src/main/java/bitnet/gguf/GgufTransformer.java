package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.Attention;
import bitnet.model.FloatTable;
import bitnet.model.GatedFeedForward;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Assembles a transformer from the tensors of a file. Every tensor must be there, have its shape, and be used. */
final class GgufTransformer {
    static final String EMBEDDING = "token_embd.weight";
    static final String HEAD = "output.weight";
    static final String OUTPUT_NORM = "output_norm.weight";
    static final String ROPE_FREQS = "rope_freqs.weight";

    private final GgufFile file;
    private final GgufOptions options;
    private final GgufArchitecture architecture;
    private final Set<String> used = new HashSet<>();

    private GgufTransformer(GgufFile file, GgufOptions options) {
        this.file = file;
        this.options = options;
        this.architecture = GgufArchitecture.of(file);
    }

    static Transformer read(GgufFile file, String name, GgufOptions options) {
        if (file.tensors().isEmpty()) {
            throw new ModelUnsupportedException(
                    file.source(), "a vocabulary without tensors; there is no model in it to run");
        }
        return new GgufTransformer(file, options).read(name);
    }

    private Transformer read(String name) {
        GgufTensor embedding = tensor(EMBEDDING);
        if (embedding.dimensions().size() != 2) {
            throw misshapen(embedding, "columns x tokens");
        }
        int vocabulary =
                (int) Math.min(Integer.MAX_VALUE, embedding.dimensions().getLast());
        float[] ropeDivisors = file.tensor(ROPE_FREQS).isPresent() ? vector(ROPE_FREQS, -1) : null;
        ModelConfig config = GgufConfig.read(file, name, architecture, options, vocabulary, ropeDivisors);
        requireVocabulary(vocabulary);
        FloatTable embeddingTable = table(EMBEDDING, config);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer("blk." + i + ".", config));
        }
        float[] outputNorm = vector(OUTPUT_NORM, config.hidden());
        FloatTable head = file.tensor(HEAD).isPresent() ? table(HEAD, config) : embeddingTable;
        refuseUnused();
        return new Transformer(config, embeddingTable, layers, outputNorm, head);
    }

    private Layer layer(String prefix, ModelConfig config) {
        int pairs = architecture.hasAdjacentPairs() ? config.headDim() : 0;
        float[] attentionNorm = vector(prefix + "attn_norm.weight", config.hidden());
        Attention attention = new Attention(
                new Linear(ternary(prefix + "attn_q", config.queryWidth(), config.hidden(), pairs)),
                new Linear(ternary(prefix + "attn_k", config.kvWidth(), config.hidden(), pairs)),
                new Linear(ternary(prefix + "attn_v", config.kvWidth(), config.hidden(), 0)),
                null,
                new Linear(
                        ternary(prefix + "attn_output", config.hidden(), config.queryWidth(), 0),
                        subNorm(prefix + "attn_sub_norm.weight", config.queryWidth())));
        float[] feedForwardNorm = vector(prefix + "ffn_norm.weight", config.hidden());
        GatedFeedForward feedForward = new GatedFeedForward(
                new Linear(ternary(prefix + "ffn_gate", config.feedForward(), config.hidden(), 0)),
                new Linear(ternary(prefix + "ffn_up", config.feedForward(), config.hidden(), 0)),
                config.activation(),
                new Linear(
                        ternary(prefix + "ffn_down", config.hidden(), config.feedForward(), 0),
                        subNorm(prefix + "ffn_sub_norm.weight", config.feedForward())));
        return new Layer(attentionNorm, attention, feedForwardNorm, feedForward);
    }

    private float @Nullable [] subNorm(String name, int width) {
        return architecture.hasSubNorms() ? vector(name, width) : null;
    }

    private TernaryTensor ternary(String base, int rows, int columns, int pairedHeadDim) {
        GgufTensor tensor = matrix(base + ".weight", rows, columns);
        float scale = file.tensor(base + ".scale").isPresent() ? GgufTernary.scalar(file, tensor(base + ".scale")) : 1;
        return new GgufTernary(file, tensor, rows, columns, options.i2sLayout(), scale, pairedHeadDim);
    }

    private FloatTable table(String name, ModelConfig config) {
        GgufTensor tensor = matrix(name, config.vocabulary(), config.hidden());
        ElementType type = element(tensor);
        return new FloatTable(name, type, config.vocabulary(), config.hidden(), file.data(tensor));
    }

    /** A vector of finite floats, of {@code width} elements or of any number if that is -1. */
    private float[] vector(String name, int width) {
        GgufTensor tensor = tensor(name);
        if (tensor.dimensions().size() != 1
                || (width >= 0 && tensor.dimensions().getFirst() != width)) {
            throw misshapen(tensor, width < 0 ? "a vector" : Integer.toString(width));
        }
        ElementType type = element(tensor);
        float[] values = new float[Math.toIntExact(tensor.elements())];
        Dequantize.row(type, file.data(tensor).copy(), 0, values.length, values);
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new ModelFormatException(file.source(), name, "element " + i + " is " + values[i]);
            }
        }
        return values;
    }

    private GgufTensor matrix(String name, int rows, int columns) {
        GgufTensor tensor = tensor(name);
        if (!tensor.dimensions().equals(List.of((long) columns, (long) rows))) {
            throw misshapen(tensor, columns + " x " + rows);
        }
        return tensor;
    }

    private ElementType element(GgufTensor tensor) {
        return tensor.type()
                .flatMap(GgufTensorType::element)
                .orElseThrow(() -> new ModelUnsupportedException(
                        file.source(),
                        tensor.name() + " is of " + tensor.typeName()
                                + "; bitnet reads F32, F16, BF16, Q8_0, Q6_K, Q5_0 and Q4_0 here"));
    }

    private GgufTensor tensor(String name) {
        GgufTensor tensor = file.tensor(name)
                .orElseThrow(() -> new ModelFormatException(file.source(), name, "the tensor is missing"));
        used.add(name);
        return tensor;
    }

    private ModelFormatException misshapen(GgufTensor tensor, String expected) {
        return new ModelFormatException(file.source(), tensor.name(), "is " + tensor.shape() + ", not " + expected);
    }

    /** A token without a row in the embedding could be encoded and then not be run. */
    private void requireVocabulary(int rows) {
        file.metadata().array("tokenizer.ggml.tokens").ifPresent(tokens -> {
            if (tokens.size() > rows) {
                throw new ModelFormatException(
                        file.source(), EMBEDDING, rows + " rows for a vocabulary of " + tokens.size() + " tokens");
            }
        });
    }

    /** A bias or norm that is ignored would make the model wrong without a word. */
    private void refuseUnused() {
        for (String name : file.table().keySet()) {
            if (!used.contains(name)) {
                throw new ModelUnsupportedException(
                        file.source(),
                        "the tensor " + name + " has no place in architecture " + architecture.label()
                                + " as bitnet runs it; the answers would be wrong without it");
            }
        }
    }
}
