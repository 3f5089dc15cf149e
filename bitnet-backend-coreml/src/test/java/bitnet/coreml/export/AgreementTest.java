package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.HeadType;
import bitnet.model.Transformer;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        // model, head, int8 grid, least cosine, largest difference in spreads of the logits
        "demo-model,          FP16, false, 0.9940, 0.25",
        "demo-model,          LUT8, false, 0.9940, 0.30",
        "demo-model,          LUT6, false, 0.9910, 0.50",
        "demo-model,          FP16, true,  0.9890, 0.32",
        "tiny-bitnet,         FP16, false, 0.9988, 0.20",
        "tiny-bitnet,         FP16, true,  0.9975, 0.25",
        "tiny-bitnet-untied,  FP16, false, 0.9950, 0.42",
        "tiny-bitnet-untied,  FP16, true,  0.9940, 0.42",
        "tiny-llama-ternary,  FP16, false, 0.9996, 0.10",
        "tiny-llama-ternary,  LUT8, false, 0.9995, 0.18",
        "tiny-llama-ternary,  FP16, true,  0.9996, 0.10",
    })
    void logitsAgreeAtEveryPosition(String name, HeadType head, boolean exact, double cosine, double delta)
            throws IOException {
        try (HuggingFaceModel file = Checkpoint.open(name)) {
            ExportOptions options =
                    ExportOptions.defaults().withContext(256).withHead(head).withExactActivations(exact);
            Artifact artifact = CoreMlExporter.export(file, directory.resolve("export"), options)
                    .artifact();
            Transformer model = file.transformer();
            ExportedModel exported = new ExportedModel(artifact, model);
            Agreement worst = new Agreement(1, 0);
            for (Checkpoint.Case each : Checkpoint.cases(name)) {
                List<float[]> expected = scalar(model, each);
                exported.restart();
                worst = worst.worse(Agreement.of(expected.getFirst(), exported.prefill(each.prompt())));
                for (int i = 0; i < each.greedy().length; i++) {
                    worst = worst.worse(Agreement.of(expected.get(i + 1), exported.decode(each.greedy()[i])));
                }
            }
            assertThat(worst.cosine()).isGreaterThan(cosine);
            assertThat(worst.delta()).isLessThan(delta);
        }
    }

    /** The logits after the prompt and after each token that follows. */
    private static List<float[]> scalar(Transformer model, Checkpoint.Case text) {
        int vocabulary = model.config().vocabulary();
        List<Logits> logits = new ArrayList<>();
        Batch batch = new Batch();
        try (CompiledModel compiled = new ScalarBackend().compile(model, CompileOptions.of(256));
                Sequence sequence = compiled.newSequence()) {
            int position = 0;
            int last = text.prompt().length - 1;
            for (int token : text.prompt()) {
                batch.add(sequence, position, token, position == last ? wanted(logits, vocabulary) : null);
                position++;
            }
            for (int token : text.greedy()) {
                batch.add(sequence, position++, token, wanted(logits, vocabulary));
            }
            compiled.forward(batch, Cancellation.NEVER);
        }
        return logits.stream().map(Logits::values).toList();
    }

    private static Logits wanted(List<Logits> logits, int vocabulary) {
        Logits one = Logits.all(vocabulary);
        logits.add(one);
        return one;
    }
}
