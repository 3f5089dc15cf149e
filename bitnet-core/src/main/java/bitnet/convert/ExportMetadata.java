package bitnet.convert;

import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufArchitecture;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufWriter;
import bitnet.model.Activation;
import bitnet.model.ModelConfig;
import bitnet.model.ModelFile;
import bitnet.model.Pooling;
import bitnet.model.Rope;
import bitnet.model.SamplingDefaults;
import bitnet.model.Transformer;
import bitnet.spi.ModelFeature;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The metadata of an exported model. */
final class ExportMetadata {
    /** What models with scales of groups may have. */
    private static final Set<ModelFeature> GROUPED =
            Set.of(ModelFeature.WIDE_ACTIVATIONS, ModelFeature.TERNARY_TABLES, ModelFeature.HEAD_NORMS);

    private ExportMetadata() {}

    /**
     * The architecture that the readers of a weight type know: {@code llama} for models without sub-norms; with them, {@code
     * bitnet-b1.58} for bitnet.cpp, which reads I2_S and quantises F16, and {@code bitnet} for llama.cpp, which reads TQ1_0 and
     * TQ2_0. Models with sub-norms and SiLU are {@code bitnet} to both. Models that norm the heads of queries and keys are {@code
     * qwen3}, and embedding models {@code qwen3} or {@code gemma3}.
     *
     * @throws ModelUnsupportedException if there is none for such a model, or none that has this type
     */
    static String architecture(String source, Transformer model, WeightType type) {
        if (model.output() instanceof Pooling) {
            return EmbeddingMetadata.architecture(source, model).label();
        }
        Set<ModelFeature> features = ModelFeature.of(model);
        boolean headNorms = features.contains(ModelFeature.HEAD_NORMS);
        boolean wide = features.contains(ModelFeature.WIDE_ACTIVATIONS);
        features.removeAll(GROUPED);
        if (!features.isEmpty()) {
            throw new ModelUnsupportedException(
                    source, "models with " + ModelFeature.labels(features) + " are not converted");
        }
        boolean subNorms = model.layers().getFirst().attention().output().inputNorm() != null;
        boolean silu = model.config().activation() == Activation.SILU;
        if ((subNorms && (headNorms || wide)) || (headNorms && !silu)) {
            throw new ModelUnsupportedException(source, "there is no architecture in GGUF for a model of such layers");
        }
        if (headNorms) {
            if (!wide && (type == WeightType.TQ1_0 || type == WeightType.TQ2_0)) {
                throw new ModelUnsupportedException(
                        source,
                        "its activations have 8 bits, and readers of " + type.label()
                                + " take those of architecture qwen3 for more exact ones; choose another type");
            }
            return GgufArchitecture.QWEN3.label();
        }
        if (!subNorms && !silu) {
            throw new ModelUnsupportedException(
                    source, "squared ReLU without sub-norms: there is no architecture in GGUF for such a model");
        }
        GgufArchitecture architecture = !subNorms
                ? GgufArchitecture.LLAMA
                : silu || type == WeightType.TQ1_0 || type == WeightType.TQ2_0
                        ? GgufArchitecture.BITNET
                        : GgufArchitecture.BITNET_B158;
        return architecture.label();
    }

    static boolean hasAdjacentPairs(String architecture) {
        return architecture.equals(GgufArchitecture.LLAMA.label());
    }

    /** Writes everything; answers the values of {@code rope_freqs.weight}, if there must be such a tensor. */
    static float @Nullable [] write(
            GgufWriter writer, ModelFile file, Transformer model, String architecture, WeightType type) {
        writer.text("general.architecture", architecture)
                .text("general.name", file.name())
                .uint32("general.file_type", type.fileType())
                .uint32("general.quantization_version", 2);
        sampling(writer, file.samplingDefaults());
        float[] divisors = shape(writer, file.source(), model.config(), architecture);
        if (model.output() instanceof Pooling pooling) {
            EmbeddingMetadata.write(writer, file.source(), model, pooling, architecture + ".");
        }
        ExportTokenizer.write(writer, file.tokenizer(), model.config().vocabulary());
        file.chatTemplate().ifPresent(template -> writer.text("tokenizer.chat_template", template));
        if (file instanceof GgufModel gguf) {
            carryOver(writer, gguf);
        }
        return divisors;
    }

    private static float @Nullable [] shape(GgufWriter writer, String source, ModelConfig config, String architecture) {
        String prefix = architecture + ".";
        YarnScaling yarn = YarnScaling.of(config.rope(), config.contextLength());
        RopeBase rope = yarn == null
                ? base(source, prefix + "rope.freq_base", config.rope())
                : new RopeBase(yarn.theta(), 1, null);
        writer.uint32(prefix + "vocab_size", config.vocabulary())
                .uint32(prefix + "context_length", config.contextLength())
                .uint32(prefix + "embedding_length", config.hidden())
                .uint32(prefix + "block_count", config.layers())
                .uint32(prefix + "feed_forward_length", config.feedForward())
                .text(prefix + "hidden_activation", label(config.activation()))
                .uint32(prefix + "rope.dimension_count", config.headDim())
                .uint32(prefix + "attention.head_count", config.heads())
                .uint32(prefix + "attention.head_count_kv", config.kvHeads())
                .float32(prefix + "attention.layer_norm_rms_epsilon", config.normEpsilon())
                .float32(prefix + "rope.freq_base", rope.theta());
        if (config.heads() * config.headDim() != config.hidden()) {
            writer.uint32(prefix + "attention.key_length", config.headDim())
                    .uint32(prefix + "attention.value_length", config.headDim());
        }
        if (rope.factor() != 1) {
            writer.text(prefix + "rope.scaling.type", "linear").float32(prefix + "rope.scaling.factor", rope.factor());
        }
        if (yarn != null) {
            writer.text(prefix + "rope.scaling.type", "yarn")
                    .float32(prefix + "rope.scaling.factor", yarn.factor())
                    .uint32(prefix + "rope.scaling.original_context_length", yarn.originalContext());
        }
        return rope.divisors();
    }

    /**
     * What a reader computes a model's angles from.
     *
     * @param key that the base is for
     * @throws ModelUnsupportedException if no number of single precision gives them, which is all that the key holds
     */
    static RopeBase base(String source, String key, Rope rope) {
        float[] frequencies = rope.inverseFrequencies();
        if (rope.magnitude() != 1) {
            throw new ModelUnsupportedException(
                    source,
                    "its RoPE multiplies sines and cosines by " + rope.magnitude()
                            + ", and no factor and original context of YaRN give its angles: " + key
                            + " and rope_freqs.weight cannot say that; run it as it is");
        }
        RopeBase base = RopeBase.of(frequencies);
        if (base == null) {
            throw new ModelUnsupportedException(
                    source,
                    "its RoPE has angles from " + frequencies[0] + " to " + frequencies[frequencies.length - 1]
                            + " that no " + key
                            + " in single precision gives exactly, with a factor or rope_freqs.weight"
                            + " or without: a GGUF file would compute something else; run it as it is");
        }
        return base;
    }

    private static String label(Activation activation) {
        return switch (activation) {
            case SQUARED_RELU -> "relu2";
            case SILU -> "silu";
            case GELU_TANH -> "gelu_pytorch_tanh";
        };
    }

    private static void sampling(GgufWriter writer, SamplingDefaults defaults) {
        if (defaults.temperature() != null) {
            writer.float32("general.sampling.temp", defaults.temperature());
        }
        if (defaults.topK() != null) {
            writer.value(
                    "general.sampling.top_k",
                    new bitnet.gguf.GgufValue.Int(bitnet.gguf.GgufValueType.INT32, defaults.topK()));
        }
        if (defaults.topP() != null) {
            writer.float32("general.sampling.top_p", defaults.topP());
        }
    }

    /** What a GGUF source says beyond what bitnet reads: authors and licence, and the roles of more tokens. */
    private static void carryOver(GgufWriter writer, GgufModel source) {
        source.file().metadata().values().forEach((key, value) -> {
            boolean general = key.startsWith("general.") && !key.equals("general.alignment");
            if ((general || key.startsWith("tokenizer.")) && !writer.has(key)) {
                writer.value(key, value);
            }
        });
    }
}
