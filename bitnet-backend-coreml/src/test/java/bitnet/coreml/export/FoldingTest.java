package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelUnsupportedException;
import bitnet.conformance.SyntheticModel;
import bitnet.model.Attention;
import bitnet.model.GatedFeedForward;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FoldingTest {
    private static final Transformer MODEL =
            SyntheticModel.tied(ElementType.F16).transformer();
    private static final int[] TOKENS = IntStream.range(0, 48).toArray();

    @TempDir
    Path directory;

    /** Gate and up a thousand times as large: squared and multiplied they reach 10^9 and more. */
    @ParameterizedTest
    @ValueSource(floats = {1000f, 0.01f})
    void aLargeGateIsFoldedAway(float factor) throws IOException {
        Transformer large = scaled(MODEL, factor, 1);
        float[] expected = ScalarText.logits(large, TOKENS, TOKENS.length - 1).getFirst();
        ExportedModel exported = exported(large, "scaled");
        float[] logits = exported.prefill(TOKENS);
        Agreement agreement = Agreement.of(expected, logits);
        assertThat(agreement.cosine()).isGreaterThan(0.999);
        if (factor > 1) {
            Ranges ranges = Calibration.run(large, TOKENS, ExportOptions.defaults());
            assertThat(ranges.layers().getFirst().gated()).isGreaterThan(1e9f);
        }
        Map<String, Float> magnitudes = exported.magnitudes();
        magnitudes.forEach((value, magnitude) -> {
            if (!isMasked(value)) {
                assertThat(magnitude).as(value).isLessThan(8192f);
            }
        });
    }

    private static boolean isMasked(String value) {
        return value.contains("/add"); // scores plus the mask; residuals are also sums, and are seen as inputs of norms
    }

    /** A query has nothing behind it that takes a factor out. */
    @Test
    void aModelThatLeavesTheRangeIsRefused() {
        Transformer large = scaled(MODEL, 1, 1e5f);
        assertThatThrownBy(() -> exported(large, "refused"))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("synthetic.gguf")
                .hasMessageContaining("layer 0: a query reaches")
                .hasMessageContaining("F16");
        assertThat(directory).isEmptyDirectory();
    }

    /** Queries so small that their palette would be zero. */
    @Test
    void aScaleThatVanishesIsRefused() {
        assertThatThrownBy(() -> exported(scaled(MODEL, 1, 1e-7f), "refused"))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("attn_q")
                .hasMessageContaining("F16 does not hold");
    }

    @Test
    void rangesAreThoseOfTheModel() {
        Ranges plain = Calibration.run(MODEL, TOKENS, ExportOptions.defaults());
        Ranges large = Calibration.run(scaled(MODEL, 4, 2), TOKENS, ExportOptions.defaults());
        assertThat(plain.tokens()).isEqualTo(48);
        assertThat(plain.layers()).hasSize(2);
        Ranges.Block first = plain.layers().getFirst();
        Ranges.Block scaled = large.layers().getFirst();
        assertThat(scaled.queries()).isEqualTo(2 * first.queries());
        assertThat(scaled.keys()).isEqualTo(first.keys());
        assertThat(scaled.scores()).isEqualTo(2 * first.scores());
        assertThat(scaled.normed()).isGreaterThan(0);
        assertThat(first.values()).isGreaterThan(0);
    }

    private ExportedModel exported(Transformer model, String name) throws IOException {
        ExportReport report = CoreMlExporter.export(
                new SyntheticFile("synthetic", model),
                directory.resolve(name),
                ExportOptions.defaults().withContext(64));
        return new ExportedModel(report.artifact(), model);
    }

    /** With gates and ups, and queries, of another scale. */
    private static Transformer scaled(Transformer model, float gateUp, float query) {
        List<Layer> layers = new ArrayList<>();
        for (Layer layer : model.layers()) {
            Attention attention = layer.attention();
            GatedFeedForward network = layer.gated();
            layers.add(new Layer(
                    layer.mixerNorm(),
                    new Attention(
                            new Linear(new Scaled(attention.query().weight(), query)),
                            attention.key(),
                            attention.value(),
                            null,
                            attention.output()),
                    layer.feedForwardNorm(),
                    new GatedFeedForward(
                            new Linear(new Scaled(network.gate().weight(), gateUp)),
                            new Linear(new Scaled(network.up().weight(), gateUp)),
                            network.activation(),
                            network.down())));
        }
        return new Transformer(model.config(), model.embedding(), layers, model.outputNorm(), model.head());
    }

    private record Scaled(TernaryTensor tensor, float factor) implements TernaryTensor {
        @Override
        public String name() {
            return tensor.name();
        }

        @Override
        public int rows() {
            return tensor.rows();
        }

        @Override
        public int columns() {
            return tensor.columns();
        }

        @Override
        public Packed pack(SegmentAllocator allocator) {
            Packed packed = tensor.pack(allocator);
            return new Packed(packed.codes(), packed.scale() * factor);
        }
    }
}
