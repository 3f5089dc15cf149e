package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.family.Family;
import bitnet.json.JsonReader;
import bitnet.model.Activation;
import bitnet.model.AttentionScope;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code config.json}.
 *
 * @param family what the model is
 * @param model its shape
 * @param scopes how each layer's queries meet its keys; empty where all do as the shape says
 * @param quantization how its weights are stored
 * @param tied whether the embedding is the head
 * @param bos begin-of-text token, or -1
 * @param eos end-of-text tokens
 */
record HuggingFaceConfig(
        ModelFamily family,
        ModelConfig model,
        List<AttentionScope> scopes,
        Quantization quantization,
        boolean tied,
        int bos,
        List<Integer> eos) {

    /** Widths: a wide margin over every model, and far from where products of two overflow. */
    private static final int MAX = 1 << 22;

    private static final int MAX_HEADS = 1 << 14;
    private static final int GEMMA_HEAD_DIM = 256;
    private static final int MAX_LAYERS = 10_000;

    /** Reads the file of a model that people call {@code name}. */
    static HuggingFaceConfig read(Path file, String name) {
        try (JsonReader in = JsonReader.open(file)) {
            return new Reader(in).read(name);
        }
    }

    /** With a shorter context, if it is longer than this. */
    HuggingFaceConfig withContextLimit(int positions) {
        return positions >= model.contextLength()
                ? this
                : new HuggingFaceConfig(
                        family, model.withContextLength(positions), scopes, quantization, tied, bos, eos);
    }

    /** Reads a document that {@code in} stands on. */
    static HuggingFaceConfig read(JsonReader in, String name) {
        return new Reader(in).read(name);
    }

    private static final class Reader {
        private final JsonReader in;
        private @Nullable String architecture;
        private int hidden;
        private int feedForward;
        private int layers;
        private int heads;
        private int kvHeads;
        private int headDim;
        private int vocabulary;
        private int context = 2048;
        private double epsilon = -1;
        private @Nullable String activation;
        private boolean tied;
        private int bos = -1;
        private List<Integer> eos = List.of();
        private @Nullable Quantization quantization;
        private final RopeScaling rope = new RopeScaling();
        private final AttentionWindows windows = new AttentionWindows();

        Reader(JsonReader in) {
            this.in = in;
        }

        HuggingFaceConfig read(String name) {
            in.beginObject();
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                read(in, field);
            }
            in.end();
            ModelFamily family = family();
            require("hidden_size", hidden);
            require("intermediate_size", feedForward);
            require("num_hidden_layers", layers);
            require("num_attention_heads", heads);
            require("vocab_size", vocabulary);
            if (headDim == 0 && family == ModelFamily.GEMMA3_EMBEDDING) {
                headDim = GEMMA_HEAD_DIM;
            }
            if (headDim == 0 && hidden % heads != 0) {
                throw new ModelFormatException(
                        in.source(), "hidden_size", hidden + " is not a multiple of num_attention_heads, " + heads);
            }
            int head = headDim == 0 ? hidden / heads : headDim;
            if (rope.slidingTheta() > 0) {
                windows.localTheta(rope.slidingTheta());
            }
            Rope turns = rope.rope(in.source(), family.ropeTheta(), head, context);
            try {
                ModelConfig model = new ModelConfig(
                        family.architecture(),
                        name,
                        layers,
                        hidden,
                        feedForward,
                        heads,
                        kvHeads == 0 ? heads : kvHeads,
                        head,
                        vocabulary,
                        context,
                        (float) (epsilon < 0 ? family.normEpsilon() : epsilon),
                        activation(family),
                        turns);
                return new HuggingFaceConfig(
                        family,
                        model,
                        windows.scopes(in.source(), family, model),
                        quantization(family),
                        tied,
                        bos,
                        eos);
            } catch (IllegalArgumentException e) {
                throw new ModelFormatException(in.source(), "config", String.valueOf(e.getMessage()), e);
            }
        }

        private void read(JsonReader in, String field) {
            switch (field) {
                case "architectures" -> architecture = architecture(in);
                case "hidden_size" -> hidden = in.integer(1, MAX);
                case "intermediate_size" -> feedForward = in.integer(1, MAX);
                case "num_hidden_layers" -> layers = in.integer(1, MAX_LAYERS);
                case "num_attention_heads" -> heads = in.integer(1, MAX_HEADS);
                case "num_key_value_heads" -> kvHeads = in.isNull() ? 0 : in.integer(1, MAX_HEADS);
                case "head_dim" -> headDim = in.isNull() ? 0 : in.integer(1, MAX_HEADS);
                case "vocab_size" -> vocabulary = in.integer(1, TokenizerJson.MAX_TOKENS);
                case "max_position_embeddings" -> context = in.integer(1, 1 << 30);
                case "rms_norm_eps" -> epsilon = Math.max(0, in.number());
                case "hidden_act", "hidden_activation" -> activation = in.isNull() ? null : in.string();
                case "tie_word_embeddings" -> tied = in.bool();
                case "rope_theta" -> rope.theta(in);
                case "rope_scaling", "rope_parameters" -> rope.read(in);
                case "quantization" -> {
                    if (quantization == null && !in.isNull()) {
                        quantization = Quantization.read(in);
                    } else {
                        in.skip();
                    }
                }
                case "quantization_config" -> quantization = in.isNull() ? null : Quantization.read(in);
                case "bos_token_id" -> bos = in.isNull() ? -1 : in.integer(0, Integer.MAX_VALUE);
                case "eos_token_id" -> eos = tokenIds(in);
                case "attention_bias", "mlp_bias" -> {
                    if (!in.isNull() && in.bool()) {
                        throw new ModelUnsupportedException(in.source(), field + ": biases are not supported");
                    }
                }
                default -> {
                    if (!windows.read(in, field)) {
                        ConfigKeys.check(in, field);
                    }
                }
            }
        }

        private static @Nullable String architecture(JsonReader in) {
            String first = null;
            in.beginArray();
            while (in.nextElement()) {
                if (first == null) {
                    first = in.string();
                } else {
                    in.skip();
                }
            }
            return first;
        }

        private ModelFamily family() {
            if (architecture == null) {
                throw new ModelFormatException(
                        in.source(), "architectures", "missing, expected the name of the model's class");
            }
            ModelFamily family = ModelFamily.of(architecture);
            if (family == null) {
                String known = Stream.of(ModelFamily.values())
                        .map(ModelFamily::architecture)
                        .collect(Collectors.joining(", "));
                throw new ModelUnsupportedException(
                        in.source(), "architecture " + architecture + " is not supported; these are: " + known);
            }
            return family;
        }

        private Quantization quantization(ModelFamily family) {
            if (quantization != null) {
                if (quantization.inputNorms() && !family.family().has(Family.Trait.INPUT_NORMS)) {
                    throw new ModelUnsupportedException(
                            in.source(),
                            "quantization_config: use_rms_norm: a norm in every linear layer is not supported in architecture "
                                    + family.architecture());
                }
                return quantization;
            }
            if (family == ModelFamily.LLAMA) {
                return Quantization.UNSAID;
            }
            if (family == ModelFamily.QWEN3) {
                throw new ModelUnsupportedException(
                        in.source(),
                        "no quantization_config: this is a float model of architecture " + family.architecture()
                                + "; bitnet runs ternary models");
            }
            return Quantization.MASTER_WEIGHTS;
        }

        private Activation activation(ModelFamily family) {
            return switch (activation) {
                case null -> family.activation();
                case "relu2" -> Activation.SQUARED_RELU;
                case "silu" -> Activation.SILU;
                case "gelu_pytorch_tanh" -> Activation.GELU_TANH;
                default ->
                    throw new ModelUnsupportedException(
                            in.source(),
                            "hidden_act " + activation + " is not supported; relu2, silu and gelu_pytorch_tanh are");
            };
        }

        private void require(String field, int value) {
            if (value == 0) {
                throw new ModelFormatException(in.source(), field, "missing");
            }
        }
    }

    /** Token ids: a number, a list of them or null. */
    static List<Integer> tokenIds(JsonReader in) {
        if (in.isNull()) {
            return List.of();
        }
        if (!in.isArray()) {
            return List.of(in.integer(0, Integer.MAX_VALUE));
        }
        List<Integer> ids = new ArrayList<>();
        in.beginArray();
        while (in.nextElement()) {
            if (ids.size() == 1000) {
                throw in.error("more than 1000 token ids");
            }
            ids.add(in.integer(0, Integer.MAX_VALUE));
        }
        return ids;
    }
}
