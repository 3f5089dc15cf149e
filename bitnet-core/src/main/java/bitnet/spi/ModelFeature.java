package bitnet.spi;

import bitnet.model.Activation;
import bitnet.model.Attention;
import bitnet.model.AttentionScope;
import bitnet.model.FeedForward;
import bitnet.model.GatedDeltaNet;
import bitnet.model.GatedFeedForward;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.Mixer;
import bitnet.model.Pooling;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Operations that some models need and that not every backend has. */
public enum ModelFeature {
    /** {@link bitnet.model.ActivationPrecision#WIDE_PER_TOKEN}, and matrices with scales of groups. */
    WIDE_ACTIVATIONS("wide activations"),
    /** An embedding or a head of ternary weights. */
    TERNARY_TABLES("ternary embeddings and heads"),
    /** {@link Kernels#headNorm}. */
    HEAD_NORMS("norms of queries and keys"),
    /** {@link Kernels#norm} and {@link Kernels#part}: projections of one input that each norm it again. */
    INPUT_NORMS("norms of each projection's input"),
    /** {@link Kernels#normAdd}. */
    NORMS_AFTER("norms behind attention and feed-forward networks"),
    /** {@link Kernels#attends}: windows, and scales and rotations that differ from the model's. */
    ATTENTION_SCOPES("attention windows"),
    /** {@link Kernels#scale}. */
    EMBEDDING_SCALE("scaled embeddings"),
    /** {@link bitnet.model.Activation#GELU_TANH}. */
    GELU("GELU"),
    /** {@link Kernels#states}: vectors of tokens in place of a head. */
    POOLING("embeddings of texts"),
    /** {@link Kernels#deltaNet}, and states of sequences. */
    DELTA_NET("gated DeltaNet"),
    /** {@link Kernels#attentionGate}. */
    ATTENTION_GATES("gates of attention"),
    /** {@link Kernels#rotate} and {@link Kernels#rotateBack}. */
    ROTATIONS("rotated weights");

    private final String label;

    ModelFeature(String label) {
        this.label = label;
    }

    /** What a model needs. */
    public static Set<ModelFeature> of(Transformer model) {
        Set<ModelFeature> needed = EnumSet.noneOf(ModelFeature.class);
        addTable(model.embedding(), needed);
        switch (model.output()) {
            case Head head -> {
                addTable(head.table(), needed);
                addRotation(head.rotation(), needed);
            }
            case Pooling _ -> needed.add(POOLING);
        }
        boolean wide = model.layers().stream()
                .flatMap(layer -> layer.matrices().stream())
                .anyMatch(matrix -> matrix.granularity() != ScaleGranularity.TENSOR);
        if (wide) {
            needed.add(WIDE_ACTIVATIONS);
        }
        addRotation(model.embeddingRotation(), needed);
        if (model.embeddingScale() != 1) {
            needed.add(EMBEDDING_SCALE);
        }
        for (Layer layer : model.layers()) {
            addMixer(layer.mixer(), model.config().attentionScope(), needed);
            layer.mixer().linears().forEach(linear -> addRotation(linear.rotation(), needed));
            layer.feedForward().linears().forEach(linear -> addRotation(linear.rotation(), needed));
            addFeedForward(layer.feedForward(), needed);
            if (layer.afterMixer() != null || layer.afterFeedForward() != null) {
                needed.add(NORMS_AFTER);
            }
        }
        return needed;
    }

    private static void addTable(TokenTable table, Set<ModelFeature> needed) {
        if (table instanceof TernaryTable) {
            needed.add(TERNARY_TABLES);
        }
    }

    private static void addRotation(@Nullable HadamardRotation rotation, Set<ModelFeature> needed) {
        if (rotation != null) {
            needed.add(ROTATIONS);
        }
    }

    private static void addMixer(Mixer mixer, AttentionScope usual, Set<ModelFeature> needed) {
        switch (mixer) {
            case Attention attention -> {
                if (attention.headNorms() != null) {
                    needed.add(HEAD_NORMS);
                }
                if (attention.scope() != null && !attention.scope().equals(usual)) {
                    needed.add(ATTENTION_SCOPES);
                }
                if (attention.gate() != null) {
                    needed.add(ATTENTION_GATES);
                }
                addInputNorms(attention.inputs(), needed);
            }
            case GatedDeltaNet _ -> needed.add(DELTA_NET);
        }
    }

    private static void addFeedForward(FeedForward network, Set<ModelFeature> needed) {
        switch (network) {
            case GatedFeedForward gated -> {
                if (gated.activation() == Activation.GELU_TANH) {
                    needed.add(GELU);
                }
                addInputNorms(List.of(gated.gate(), gated.up()), needed);
            }
        }
    }

    /** Of projections of one input. A norm of the only projection of an input is nothing special. */
    private static void addInputNorms(List<Linear> linears, Set<ModelFeature> needed) {
        if (linears.stream().anyMatch(linear -> linear.inputNorm() != null)) {
            needed.add(INPUT_NORMS);
        }
    }

    /**
     * Refuses a model that needs more than a backend has, so that selection goes on with the next.
     *
     * @param backend for the message, such as {@code cuda}
     * @throws UnsupportedByBackendException that says what is missing
     */
    public static void require(Transformer model, String backend, Set<ModelFeature> supported) {
        Set<ModelFeature> missing = of(model);
        missing.removeAll(supported);
        if (!missing.isEmpty()) {
            throw new UnsupportedByBackendException(
                    "the backend " + backend + " has no kernels for: " + labels(missing));
        }
    }

    /** Features for a message, such as {@code norms of queries and keys, GELU}. */
    public static String labels(Set<ModelFeature> features) {
        return features.stream().map(feature -> feature.label).collect(Collectors.joining(", "));
    }
}
