package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.HeadType;
import bitnet.demo.DemoModel;
import bitnet.gguf.GgufModel;
import bitnet.model.Transformer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long text through the state: the distance from the scalar kernels must not grow with the position. */
class SoakTest {
    private static final int TOKENS = 512;
    private static final int PART = 128;

    @TempDir
    Path directory;

    @Test
    void fiveHundredTokensDoNotDrift() throws IOException {
        try (GgufModel file = GgufModel.open(DemoModel.file())) {
            Transformer model = file.transformer();
            Artifact artifact = CoreMlExporter.export(
                            file,
                            directory.resolve("export"),
                            ExportOptions.defaults().withContext(TOKENS).withHead(HeadType.FP16))
                    .artifact();
            int[] tokens = text();
            List<float[]> expected = ScalarText.logits(model, tokens, 0);
            ExportedModel exported = new ExportedModel(artifact, model);
            List<Double> deltas = new ArrayList<>();
            for (int i = 0; i < TOKENS; i++) {
                deltas.add(Agreement.of(expected.get(i), exported.decode(tokens[i]))
                        .delta());
            }
            double first = mean(deltas.subList(0, PART));
            for (int from = PART; from < TOKENS; from += PART) {
                assertThat(mean(deltas.subList(from, from + PART)))
                        .as("mean difference from token " + from)
                        .isLessThan(1.5 * first);
            }
            assertThat(deltas).allMatch(delta -> delta < 0.5);
        }
    }

    /** The stories and sums that the model was asked for, one after another, until there are enough tokens. */
    private static int[] text() {
        List<Checkpoint.Case> cases = Checkpoint.cases("demo-model");
        return IntStream.range(0, 10)
                .boxed()
                .flatMap(round -> cases.stream())
                .flatMapToInt(each -> IntStream.concat(IntStream.of(each.prompt()), IntStream.of(each.greedy())))
                .limit(TOKENS)
                .toArray();
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(value -> value).average().orElseThrow();
    }
}
