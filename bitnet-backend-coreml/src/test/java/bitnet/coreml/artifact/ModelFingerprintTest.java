package bitnet.coreml.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.conformance.SyntheticModel;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufOptions;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.ModelFingerprint;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import bitnet.tensor.I2sLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModelFingerprintTest {
    private static final Path RESOURCES = Path.of("../bitnet-core/src/test/resources");

    @Test
    void everyLayoutOfTheSameWeightsHasTheSame() {
        Path gguf = RESOURCES.resolve("bitnet/gguf");
        try (GgufModel x86 = GgufModel.open(gguf.resolve("tiny-bitnet-i2_s.gguf"));
                GgufModel arm = GgufModel.open(
                        gguf.resolve("tiny-bitnet-i2_s-arm.gguf"), GgufOptions.DEFAULT.withI2sLayout(I2sLayout.ARM))) {
            assertThat(ModelFingerprint.of(x86.transformer()))
                    .matches("[0-9a-f]{64}")
                    .isEqualTo(ModelFingerprint.of(arm.transformer()));
        }
    }

    @Test
    void everythingThatIsComputedWithCounts() {
        Transformer model = SyntheticModel.untied(ElementType.F16).transformer();
        Set<String> seen = new HashSet<>();
        seen.add(ModelFingerprint.of(model));
        for (Transformer changed : changed(model)) {
            assertThat(seen.add(ModelFingerprint.of(changed))).isTrue();
        }
        assertThat(seen).hasSize(6);
    }

    private static List<Transformer> changed(Transformer model) {
        List<Transformer> changed = new ArrayList<>();
        float[] norm = model.outputNorm().clone();
        norm[5] = Math.nextUp(norm[5]);
        changed.add(new Transformer(model.config(), model.embedding(), model.layers(), norm, model.head()));
        List<Layer> layers = new ArrayList<>(model.layers());
        layers.set(0, model.layers().get(1));
        changed.add(new Transformer(model.config(), model.embedding(), layers, model.outputNorm(), model.head()));
        Transformer tied = new Transformer(
                model.config(), model.embedding(), model.layers(), model.outputNorm(), model.embedding());
        changed.add(tied);
        Transformer other = SyntheticModel.untied(ElementType.BF16).transformer();
        changed.add(
                new Transformer(model.config(), model.embedding(), model.layers(), model.outputNorm(), other.head()));
        changed.add(new Transformer(
                epsilon(model.config()), model.embedding(), model.layers(), model.outputNorm(), model.head()));
        return changed;
    }

    private static ModelConfig epsilon(ModelConfig c) {
        return new ModelConfig(
                c.architecture(),
                c.name(),
                c.layers(),
                c.hidden(),
                c.feedForward(),
                c.heads(),
                c.kvHeads(),
                c.headDim(),
                c.vocabulary(),
                c.contextLength(),
                2 * c.normEpsilon(),
                c.activation(),
                c.rope());
    }
}
