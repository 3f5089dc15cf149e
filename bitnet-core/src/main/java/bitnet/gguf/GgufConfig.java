package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.Activation;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the shape of a transformer from metadata. */
final class GgufConfig {
    /** No real model comes near; keeps products of two numbers within an int. */
    private static final int MAXIMUM_WIDTH = 1 << 24;

    /** Types of scaling that leave the angles to {@code rope_freqs.weight}, or apply on top of it. */
    private static final Set<String> DIVIDED = Set.of("none", "linear", "llama3");

    private final GgufFile file;
    private final String source;
    private final GgufMetadata metadata;
    private final GgufArchitecture architecture;

    private GgufConfig(GgufFile file, GgufArchitecture architecture) {
        this.file = file;
        this.source = file.source();
        this.metadata = file.metadata();
        this.architecture = architecture;
    }

    /**
     * @param vocabulary rows of the embedding
     * @param ropeDivisors the values of {@code rope_freqs.weight}, if the file has it
     */
    static ModelConfig read(
            GgufFile file,
            String name,
            GgufArchitecture architecture,
            GgufOptions options,
            int vocabulary,
            float @Nullable [] ropeDivisors) {
        return new GgufConfig(file, architecture).read(name, options, vocabulary, ropeDivisors);
    }

    private ModelConfig read(String name, GgufOptions options, int vocabulary, float @Nullable [] ropeDivisors) {
        int hidden = required("embedding_length", MAXIMUM_WIDTH);
        int heads = required("attention.head_count", 1 << 16);
        int kvHeads = metadata.integer(key("attention.head_count_kv"), 1, heads).orElse(heads);
        int headDim = headDim(hidden, heads);
        if (heads % kvHeads != 0) {
            throw metadata.problem(key("attention.head_count_kv"), kvHeads + " does not divide " + heads + " heads");
        }
        if ((long) heads * headDim > MAXIMUM_WIDTH) {
            throw metadata.problem(
                    key("attention.key_length"), heads + " heads of " + headDim + " dimensions are too wide");
        }
        Activation activation = options.activation() != null ? options.activation() : architecture.activation(file);
        double theta = metadata.number(key("rope.freq_base")).orElse(10000.0);
        if (!(theta > 0)) {
            throw metadata.problem(key("rope.freq_base"), theta + " is not positive");
        }
        int turning = turning(headDim);
        int blocks = required("block_count", 1 << 16);
        boolean hybrid = architecture == GgufArchitecture.QWEN35;
        return new ModelConfig(
                architecture.label(),
                name,
                hybrid ? blocks - GgufHybrid.predicting(file, blocks) : blocks,
                hidden,
                required("feed_forward_length", MAXIMUM_WIDTH),
                heads,
                kvHeads,
                headDim,
                vocabulary,
                required("context_length", Integer.MAX_VALUE),
                epsilon(),
                activation,
                padded(rope(theta, turning, ropeDivisors), headDim),
                hybrid ? new GgufHybrid(file, blocks).shape() : null);
    }

    /** Of a head whose first dimensions alone turn by position, the others do so by nothing. */
    private Rope padded(Rope rope, int headDim) {
        float[] angles = rope.inverseFrequencies();
        if (2 * angles.length == headDim) {
            return rope;
        }
        if (rope.magnitude() != 1) {
            throw new ModelUnsupportedException(
                    source, "YaRN for " + 2 * angles.length + " of the " + headDim + " dimensions of a head");
        }
        return new Rope(Arrays.copyOf(angles, headDim / 2));
    }

    /** How many dimensions of a head turn by position. */
    private int turning(int headDim) {
        int turning = turning(file, architecture, headDim);
        if (turning != headDim && (architecture != GgufArchitecture.QWEN35 || turning % 2 != 0)) {
            throw new ModelUnsupportedException(
                    source, turning + " of the " + headDim + " dimensions of a head turn by position");
        }
        return turning;
    }

    static int turning(GgufFile file, GgufArchitecture architecture, int headDim) {
        String key = architecture.label() + ".rope.dimension_count";
        return file.metadata().integer(key, 1, headDim).orElse(headDim);
    }

    private int headDim(int hidden, int heads) {
        int headDim = metadata.integer(key("attention.key_length"), 1, 1 << 16).orElse(hidden / heads);
        if (headDim == 0 || headDim % 2 != 0) {
            throw metadata.problem(
                    key("attention.head_count"), heads + " heads of " + headDim + " dimensions; even ones are needed");
        }
        int values = metadata.integer(key("attention.value_length"), 1, 1 << 16).orElse(headDim);
        if (values != headDim) {
            throw new ModelUnsupportedException(
                    source,
                    "heads of " + headDim + " dimensions for keys and " + values
                            + " for values; they must be the same");
        }
        return headDim;
    }

    private float epsilon() {
        String key = key("attention.layer_norm_rms_epsilon");
        float epsilon = metadata.number(key)
                .orElseThrow(() -> metadata.problem(key, "missing"))
                .floatValue();
        if (!(epsilon > 0 && epsilon < 1)) {
            throw metadata.problem(key, epsilon + " is not between 0 and 1");
        }
        return epsilon;
    }

    private Rope rope(double theta, int headDim, float @Nullable [] divisors) {
        double factor = positive("rope.scaling.factor", positive("rope.scale_linear", 1));
        String type = metadata.text(key("rope.scaling.type")).orElse(factor == 1 ? "none" : "linear");
        double linear = type.equals("linear") ? factor : 1;
        if (divisors != null && !DIVIDED.contains(type)) {
            throw new ModelUnsupportedException(
                    source, "RoPE scaling of type " + type + " together with the tensor " + GgufTransformer.ROPE_FREQS);
        }
        if (divisors != null) {
            // They are Llama 3's scaling already worked out, and come on top of a linear one, as in llama.cpp.
            return new Rope(RopeFrequencies.divided(theta, headDim, checked(divisors, headDim, linear)));
        }
        return switch (type) {
            case "none", "linear" -> new Rope(RopeFrequencies.linear(theta, headDim, linear));
            case "yarn" ->
                RopeFrequencies.yarn(
                        theta,
                        headDim,
                        factor,
                        original(),
                        positive("rope.scaling.yarn_beta_fast", 32),
                        positive("rope.scaling.yarn_beta_slow", 1),
                        yarnMagnitude(factor));
            case "llama3" ->
                new Rope(RopeFrequencies.divided(
                        theta,
                        headDim,
                        RopeFrequencies.llama3Factors(
                                theta,
                                headDim,
                                factor,
                                positive("rope.scaling.low_freq_factor", 1),
                                positive("rope.scaling.high_freq_factor", 4),
                                positive("rope.scaling.original_context_length", 8192))));
            default ->
                throw new ModelUnsupportedException(
                        source, "RoPE scaling of type " + type + "; none, linear, llama3 and yarn are supported");
        };
    }

    private double original() {
        String key = key("rope.scaling.original_context_length");
        return metadata.integer(key, 1, Integer.MAX_VALUE).orElseThrow(() -> metadata.problem(key, "missing"));
    }

    /** As the formula has it, times what llama.cpp multiplies it by. */
    private double yarnMagnitude(double factor) {
        double more = positive("rope.scaling.attn_factor", 1);
        return more == 1 ? Double.NaN : more * (0.1 * StrictMath.log(factor) + 1);
    }

    private float[] checked(float[] divisors, int headDim, double linear) {
        if (divisors.length != headDim / 2) {
            throw new ModelFormatException(
                    source,
                    GgufTransformer.ROPE_FREQS,
                    divisors.length + " values for heads of " + headDim + " dimensions");
        }
        float[] product = new float[divisors.length];
        for (int i = 0; i < divisors.length; i++) {
            if (!(divisors[i] > 0)) {
                throw new ModelFormatException(
                        source,
                        GgufTransformer.ROPE_FREQS,
                        "element " + i + " is " + divisors[i] + ", which is not positive");
            }
            product[i] = (float) (divisors[i] * linear);
        }
        return product;
    }

    private int required(String suffix, int maximum) {
        return metadata.integer(key(suffix), 1, maximum).orElseThrow(() -> metadata.problem(key(suffix), "missing"));
    }

    private double positive(String suffix, double otherwise) {
        double value = metadata.number(key(suffix)).orElse(otherwise);
        if (!(value > 0)) {
            throw metadata.problem(key(suffix), value + " is not positive");
        }
        return value;
    }

    private String key(String suffix) {
        return architecture.label() + "." + suffix;
    }
}
