package bitnet.convert;

import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufArchitecture;
import bitnet.gguf.GgufWriter;
import bitnet.model.AttentionScope;
import bitnet.model.Layer;
import bitnet.model.Pooling;
import bitnet.model.Transformer;
import bitnet.spi.ModelFeature;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The metadata of an exported embedding model beyond that of a decoder. */
final class EmbeddingMetadata {
    private EmbeddingMetadata() {}

    /**
     * The architecture of a model whose projections norm their input: Gemma's if what is added is normed too.
     *
     * @throws ModelUnsupportedException if there is none for such a model
     */
    static GgufArchitecture architecture(String source, Transformer model) {
        Set<ModelFeature> features = ModelFeature.of(model);
        boolean embedding = features.contains(ModelFeature.INPUT_NORMS) && features.contains(ModelFeature.HEAD_NORMS);
        if (!embedding
                || features.contains(ModelFeature.WIDE_ACTIVATIONS)
                || features.contains(ModelFeature.TERNARY_TABLES)) {
            throw new ModelUnsupportedException(source, "there is no architecture in GGUF for such an embedding model");
        }
        return features.contains(ModelFeature.NORMS_AFTER) ? GgufArchitecture.GEMMA3 : GgufArchitecture.QWEN3;
    }

    /** @param prefix of the architecture's keys */
    static void write(GgufWriter writer, String source, Transformer model, Pooling pooling, String prefix) {
        if (!pooling.normalized()) {
            throw new ModelUnsupportedException(
                    source, "its vectors are not normalised, which GGUF has no key for: readers normalise them");
        }
        if (!pooling.includesPrompt()) {
            throw new ModelUnsupportedException(
                    source, "prompts do not count in its means, which GGUF has no key for: readers would count them");
        }
        writer.uint32(
                prefix + "pooling_type",
                switch (pooling.type()) {
                    case MEAN -> 1;
                    case FIRST -> 2;
                    case LAST -> 3;
                });
        List<AttentionScope> scopes = model.layers().stream()
                .map(Layer::attention)
                .map(attention -> Objects.requireNonNullElse(
                        attention.scope(), model.config().attentionScope()))
                .toList();
        AttentionScope usual = model.config().attentionScope();
        List<AttentionScope> local =
                scopes.stream().filter(scope -> !scope.equals(usual)).distinct().toList();
        if (!local.isEmpty()) {
            window(writer, source, scopes, local, usual, prefix);
        }
    }

    private static void window(
            GgufWriter writer,
            String source,
            List<AttentionScope> scopes,
            List<AttentionScope> local,
            AttentionScope usual,
            String prefix) {
        AttentionScope one = local.getFirst();
        int pattern = scopes.indexOf(usual) + 1;
        boolean periodic = pattern > 0;
        for (int i = 0; i < scopes.size() && periodic; i++) {
            periodic = scopes.get(i).equals((i + 1) % pattern == 0 ? usual : one);
        }
        RopeBase rope = ExportMetadata.base(source, prefix + "rope.freq_base_swa", one.rope());
        if (local.size() > 1
                || !periodic
                || one.scale() != usual.scale()
                || one.window() == AttentionScope.ALL
                || rope.divisors() != null
                || rope.factor() != 1) {
            throw new ModelUnsupportedException(
                    source,
                    "its layers attend in ways that GGUF has no keys for: one window, one base for layers that have it, and every"
                            + " so manieth layer without are what there is");
        }
        writer.uint32(prefix + "attention.sliding_window", one.window())
                .uint32(prefix + "attention.sliding_window_pattern", pattern)
                .float32(prefix + "rope.freq_base_swa", rope.theta());
    }
}
