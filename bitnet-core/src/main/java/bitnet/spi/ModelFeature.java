package bitnet.spi;

import bitnet.model.Attention;
import bitnet.model.Layer;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.Transformer;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** What some models ask of a backend's kernels beyond what every backend has. */
public enum ModelFeature {
    /** {@link bitnet.model.ActivationPrecision#WIDE_PER_TOKEN}, and matrices with scales of groups. */
    WIDE_ACTIVATIONS("wide activations"),
    /** An embedding or a head of ternary weights. */
    TERNARY_TABLES("ternary embeddings and heads"),
    /** {@link Kernels#headNorm}. */
    HEAD_NORMS("norms of queries and keys");

    private final String label;

    ModelFeature(String label) {
        this.label = label;
    }

    /** What a model needs. */
    public static Set<ModelFeature> of(Transformer model) {
        Set<ModelFeature> needed = EnumSet.noneOf(ModelFeature.class);
        if (model.embedding() instanceof TernaryTable || model.head() instanceof TernaryTable) {
            needed.add(TERNARY_TABLES);
        }
        boolean wide = model.layers().stream()
                .flatMap(layer -> layer.matrices().stream())
                .anyMatch(matrix -> matrix.granularity() != ScaleGranularity.TENSOR);
        if (wide) {
            needed.add(WIDE_ACTIVATIONS);
        }
        if (model.layers().stream().anyMatch(ModelFeature::hasHeadNorms)) {
            needed.add(HEAD_NORMS);
        }
        return needed;
    }

    private static boolean hasHeadNorms(Layer layer) {
        return switch (layer.mixer()) {
            case Attention attention -> attention.headNorms() != null;
        };
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
            String what = missing.stream().map(feature -> feature.label).collect(Collectors.joining(", "));
            throw new UnsupportedByBackendException("the backend " + backend + " has no kernels for: " + what);
        }
    }
}
