package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.HeadType;
import bitnet.model.Transformer;
import bitnet.safetensors.HuggingFaceModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What an export computes, in F16, against the scalar kernels, with int8 activations: over the prompts and continuations that
 * transformers gave, prompts by prefill and all else by decode steps.
 */
class AgreementTest {
    @TempDir
    Path directory;

    /** The bounds are what was measured, and a little room: a change that makes one of them worse should be seen. */
    @ParameterizedTest(name = "{0}, {1} head, int8 grid {2}")
    @CsvSource({
        // model, head, int8 grid, least cosine, largest difference in spreads of the logits, most tokens chosen
        // otherwise
        // than by transformers, largest margin of those
        "demo-model,          FP16, false, 0.9940, 0.25, 2, 0.05",
        "demo-model,          LUT8, false, 0.9940, 0.30, 8, 0.05",
        "demo-model,          LUT6, false, 0.9910, 0.50, 18, 0.10",
        "demo-model,          FP16, true,  0.9890, 0.32, 2, 0.05",
        "tiny-bitnet,         FP16, false, 0.9988, 0.20, 0, 0",
        "tiny-bitnet,         FP16, true,  0.9975, 0.25, 0, 0",
        "tiny-bitnet-untied,  FP16, false, 0.9950, 0.42, 9, 1.5",
        "tiny-bitnet-untied,  FP16, true,  0.9940, 0.42, 9, 1.5",
        "tiny-llama-ternary,  FP16, false, 0.9996, 0.10, 8, 0.15",
        "tiny-llama-ternary,  LUT8, false, 0.9995, 0.18, 8, 0.15",
        "tiny-llama-ternary,  FP16, true,  0.9996, 0.10, 4, 0.15",
    })
    void logitsAndChoicesAgree(
            String name, HeadType head, boolean exact, double cosine, double delta, int others, double margin)
            throws IOException {
        try (HuggingFaceModel file = Checkpoint.open(name)) {
            ExportOptions options =
                    ExportOptions.defaults().withContext(256).withHead(head).withExactActivations(exact);
            Artifact artifact = CoreMlExporter.export(file, directory.resolve("export"), options)
                    .artifact();
            Transformer model = file.transformer();
            ExportedModel exported = new ExportedModel(artifact, model);
            Agreement worst = new Agreement(1, 0);
            List<Double> otherChoices = new ArrayList<>();
            for (Checkpoint.Case each : Checkpoint.cases(name)) {
                List<float[]> expected = scalar(model, each);
                exported.restart();
                for (int i = 0; i <= each.greedy().length; i++) {
                    float[] logits = i == 0 ? exported.prefill(each.prompt()) : exported.decode(each.greedy()[i - 1]);
                    worst = worst.worse(Agreement.of(expected.get(i), logits));
                    if (i < each.greedy().length && Agreement.best(logits) != each.greedy()[i]) {
                        otherChoices.add(each.margins()[i]);
                    }
                }
            }
            assertThat(worst.cosine()).isGreaterThan(cosine);
            assertThat(worst.delta()).isLessThan(delta);
            assertThat(otherChoices).hasSizeLessThanOrEqualTo(others).allMatch(each -> each < margin);
        }
    }

    /** The logits after the prompt and after each token that follows. */
    private static List<float[]> scalar(Transformer model, Checkpoint.Case text) {
        int[] tokens = IntStream.concat(Arrays.stream(text.prompt()), Arrays.stream(text.greedy()))
                .toArray();
        return ScalarText.logits(model, tokens, text.prompt().length - 1);
    }
}
