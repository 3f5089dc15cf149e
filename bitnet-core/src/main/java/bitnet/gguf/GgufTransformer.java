package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.family.Decoder;
import bitnet.family.DecoderReader;
import bitnet.family.Family;
import bitnet.family.Hybrid;
import bitnet.family.TensorNames;
import bitnet.family.Weights;
import bitnet.model.AttentionScope;
import bitnet.model.FloatTable;
import bitnet.model.HadamardRotation;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Assembles a transformer from the tensors of a file. Every tensor must be there, have its shape, and be used. */
final class GgufTransformer implements Weights {
    static final String EMBEDDING = "token_embd.weight";
    static final String HEAD = "output.weight";
    static final String OUTPUT_NORM = "output_norm.weight";
    static final String ROPE_FREQS = "rope_freqs.weight";

    private final GgufFile file;
    private final GgufOptions options;
    private final GgufArchitecture architecture;
    private final Family family;
    private final ScaleGranularity granularity;
    private final GgufRotation rotation;
    private final Set<String> used = new HashSet<>();
    private int headDim;

    private GgufTransformer(GgufFile file, GgufOptions options) {
        this.file = file;
        this.options = options;
        this.architecture = GgufArchitecture.of(file);
        this.rotation = new GgufRotation(file, architecture);
        GgufKeys.check(file, architecture);
        this.family = architecture.family(file);
        this.granularity = GgufScales.of(file, family);
    }

    static Transformer read(GgufFile file, String name, GgufOptions options) {
        if (file.tensors().isEmpty()) {
            throw new ModelUnsupportedException(
                    file.source(), "a vocabulary without tensors; there is no model in it to run");
        }
        return new GgufTransformer(file, options).read(name);
    }

    private Transformer read(String name) {
        GgufTensor table = tensor(EMBEDDING);
        if (table.dimensions().size() != 2) {
            throw misshapen(table, "columns x tokens");
        }
        int vocabulary = (int) Math.min(Integer.MAX_VALUE, table.dimensions().getLast());
        float[] ropeDivisors = file.tensor(ROPE_FREQS).isPresent() ? floats(ROPE_FREQS, -1) : null;
        ModelConfig config = GgufConfig.read(file, name, architecture, options, vocabulary, ropeDivisors);
        requireVocabulary(vocabulary);
        var embedding = new GgufEmbedding(file, architecture, family);
        List<AttentionScope> scopes = embedding.scopes(config);
        requireSaneAngles("rope.freq_base", config.rope());
        scopes.forEach(scope -> requireSaneAngles(GgufEmbedding.LOCAL_BASE, scope.rope()));
        headDim = config.headDim();
        boolean hybrid = family == Family.QWEN35;
        Decoder decoder =
                new Decoder(family, config, scopes, hybrid ? hybrid(config) : null, !has(HEAD), embedding.pooling());
        TensorNames names = hybrid ? TensorNames.GGUF.ofQwen35() : TensorNames.GGUF;
        Transformer model = DecoderReader.read(decoder, names, this);
        rotation.requireAllUsed(!has(HEAD));
        refuseUnused(SkippedTensors.of(file, config.layers()));
        return model;
    }

    private Hybrid hybrid(ModelConfig config) {
        int turning = GgufConfig.turning(file, architecture, config.headDim());
        return new GgufHybrid(file, config.layers() + GgufHybrid.predicting(file, Integer.MAX_VALUE))
                .hybrid(turning, rotation.groupedValues());
    }

    @Override
    public boolean has(String name) {
        return file.tensor(name).isPresent();
    }

    @Override
    public TernaryTensor matrix(String name, int rows, int columns, boolean rotated) {
        GgufTensor tensor = tensor(name, rows, columns);
        int pairs = rotated && architecture.hasAdjacentPairs() ? headDim : 0;
        String scaleName = name.replaceFirst("weight$", "scale");
        if (granularity == ScaleGranularity.TENSOR) {
            float scale = has(scaleName) ? GgufTernary.scalar(file, tensor(scaleName)) : 1;
            return new GgufTernary(file, tensor, rows, columns, options.i2sLayout(), scale, pairs);
        }
        if (!GroupedTernary.isGrouped(tensor)) {
            throw new ModelUnsupportedException(
                    file.source(),
                    name + " is of " + tensor.typeName() + ", while other matrices have scales of groups; all must");
        }
        return new GroupedTernary(file, tensor, rows, columns, granularity, pairs);
    }

    @Override
    public TernaryTensor rows(String name, int rows, int columns, int[] order) {
        return new OrderedRows(matrix(name, rows, columns, false), order);
    }

    @Override
    public FloatTable floats(String name, int rows, int columns) {
        GgufTensor tensor = tensor(name, rows, columns);
        return new FloatTable(name, element(tensor), rows, columns, file.data(tensor));
    }

    @Override
    public float[] values(String name, int rows, int columns) {
        GgufTensor tensor = rows == 1 ? tensor(name) : tensor(name, rows, columns);
        if (rows == 1 && !tensor.dimensions().equals(List.of((long) columns))) {
            throw misshapen(tensor, Integer.toString(columns));
        }
        return finite(tensor);
    }

    @Override
    public float[] decay(String name, int width) {
        float[] values = values(name, 1, width);
        for (int i = 0; i < width; i++) {
            if (values[i] > 0) {
                throw new ModelFormatException(
                        file.source(), name, "element " + i + " is " + values[i] + "; it must not be positive");
            }
        }
        return values;
    }

    @Override
    public @Nullable HadamardRotation rotation(String name) {
        String stored = has(name) ? name : EMBEDDING;
        return rotation.of(name, columns(stored));
    }

    @Override
    public @Nullable HadamardRotation inverseRotation(String name) {
        return rotation.inverse(name, columns(name));
    }

    private int columns(String name) {
        return Math.toIntExact(tensor(name).dimensions().getFirst());
    }

    @Override
    public TokenTable table(String name, int rows, int columns) {
        GgufTensor tensor = tensor(name, rows, columns);
        if (granularity != ScaleGranularity.TENSOR && GroupedTernary.isGrouped(tensor)) {
            return new TernaryTable(new GroupedTernary(file, tensor, rows, columns, granularity, 0));
        }
        return new FloatTable(name, element(tensor), rows, columns, file.data(tensor));
    }

    /** Norms are stored as they are, those of all families: converters add the one. */
    @Override
    public float[] norm(String name, int width, boolean aroundOne) {
        return floats(name, width);
    }

    /** A vector of finite floats, of {@code width} elements or of any number if that is -1. */
    private float[] floats(String name, int width) {
        GgufTensor tensor = tensor(name);
        if (tensor.dimensions().size() != 1
                || (width >= 0 && tensor.dimensions().getFirst() != width)) {
            throw misshapen(tensor, width < 0 ? "a vector" : Integer.toString(width));
        }
        float[] values = finite(tensor);
        if (width >= 0 && isZero(values)) {
            throw new ModelFormatException(
                    file.source(), name, "all its " + width + " weights are zero; is the file whole?");
        }
        return values;
    }

    private float[] finite(GgufTensor tensor) {
        ElementType type = element(tensor);
        float[] values = new float[Math.toIntExact(tensor.elements())];
        Dequantize.row(type, file.data(tensor).copy(), 0, values.length, values);
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new ModelFormatException(file.source(), tensor.name(), "element " + i + " is " + values[i]);
            }
        }
        return values;
    }

    private GgufTensor tensor(String name, int rows, int columns) {
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

    private void requireSaneAngles(String key, Rope rope) {
        float[] angles = rope.inverseFrequencies();
        int absurd = RopeFrequencies.firstAbsurd(angles);
        if (absurd >= 0) {
            throw new ModelFormatException(
                    file.source(),
                    architecture.label() + "." + key,
                    "with its scaling, " + (file.tensor(ROPE_FREQS).isPresent() ? "by " + ROPE_FREQS + " too, " : "")
                            + "it turns pair " + absurd + " by " + angles[absurd] + " radians a position");
        }
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

    private boolean isWithoutEffect(GgufTensor tensor) {
        // Old conversions of Llama store the angles of RoPE, which follow from rope.freq_base.
        if (tensor.name().endsWith(".attn_rot_embd")) {
            return true;
        }
        // A bias of zeros adds nothing.
        boolean bias = tensor.name().endsWith(".bias")
                && tensor.dimensions().size() == 1
                && tensor.type().flatMap(GgufTensorType::element).isPresent();
        return bias && isZero(floats(tensor.name(), -1));
    }

    private static boolean isZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /** A bias or norm that is ignored would make the model wrong without a word. */
    private void refuseUnused(SkippedTensors skipped) {
        for (String name : file.table().keySet()) {
            if (!used.contains(name)
                    && !skipped.contains(name)
                    && !isWithoutEffect(file.table().get(name))) {
                throw new ModelUnsupportedException(
                        file.source(),
                        "the tensor " + name + " has no place in architecture " + architecture.label()
                                + " as bitnet runs it; the answers would be wrong without it");
            }
        }
    }
}
