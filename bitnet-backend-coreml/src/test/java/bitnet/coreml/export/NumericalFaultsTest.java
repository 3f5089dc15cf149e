package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.conformance.SyntheticModel;
import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.interpreter.Message;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that are well-formed and compute something else: the comparison of logits has to find each. */
class NumericalFaultsTest {
    private static final double BOUND = 0.999;
    private static final Transformer MODEL =
            SyntheticModel.tied(ElementType.F16).transformer();
    private static final int[] TOKENS =
            IntStream.range(0, 40).map(i -> i * 53 % 300).toArray();

    @TempDir
    Path directory;

    private interface Change {
        void apply(List<Message> operations);
    }

    private static Arguments fault(String name, Change change) {
        return Arguments.of(name, change);
    }

    private static Message first(List<Message> operations, String type) {
        return operations.stream()
                .filter(operation -> operation.text(1).equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static Message binding(Message operation, String parameter) {
        return operation.map(2).get(parameter).messages(1).getFirst();
    }

    private static Message constant(List<Message> operations, String name) {
        return operations.stream()
                .filter(operation -> operation.text(1).equals("const")
                        && operation.message(3).text(1).equals(name))
                .findFirst()
                .orElseThrow();
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "cosine for sine",
                        operations -> operations.stream()
                                .filter(one -> one.text(1).equals("mul")
                                        && binding(one, "y").text(1).equals("sin"))
                                .forEach(one -> binding(one, "y").set(1, "cos"))),
                fault("palette turned round", operations -> {
                    Message palette = binding(first(operations, "constexpr_lut_to_dense"), "lut")
                            .message(2);
                    byte[] halves = palette.message(3).message(1).message(7).bytes(1);
                    byte[] turned = {halves[4], halves[5], 0, 0, halves[0], halves[1], 0, 0};
                    palette.message(3).message(1).message(7).set(1, turned);
                }),
                fault("values for keys", operations -> {
                    Message scores = first(operations, "matmul");
                    Message attended = operations.stream()
                            .filter(one -> one.text(1).equals("matmul"))
                            .skip(1)
                            .findFirst()
                            .orElseThrow();
                    binding(scores, "y").set(1, binding(attended, "y").text(1));
                }),
                fault("gate for up", operations -> {
                    Message product = operations.stream()
                            .filter(one -> one.text(1).equals("mul")
                                    && !binding(one, "x")
                                            .text(1)
                                            .equals(binding(one, "y").text(1))
                                    && binding(one, "y").text(1).contains("ffn_up"))
                            .findFirst()
                            .orElseThrow();
                    binding(product, "y").set(1, binding(product, "y").text(1).replace("ffn_up", "ffn_gate"));
                }),
                fault(
                        "no mask",
                        operations -> operations.stream()
                                .filter(one -> one.text(1).equals("add")
                                        && binding(one, "y").text(1).equals("mask"))
                                .forEach(one -> {
                                    String scores = binding(one, "x").text(1);
                                    binding(one, "y").set(1, scores);
                                })),
                fault("norm with a large epsilon", operations -> {
                    String name =
                            binding(first(operations, "layer_norm"), "epsilon").text(1);
                    constant(operations, name)
                            .map(5)
                            .get("val")
                            .message(3)
                            .message(1)
                            .message(7)
                            .set(1, new byte[] {0, 0x3c});
                }),
                fault("no residual", operations -> {
                    Message sum = operations.stream()
                            .filter(one -> one.text(1).equals("add")
                                    && binding(one, "x").text(1).equals("x"))
                            .findFirst()
                            .orElseThrow();
                    binding(sum, "x").set(1, binding(sum, "y").text(1));
                }));
    }

    @Test
    void withoutAFaultTheLogitsAgree() throws IOException {
        assertThat(cosine(operations -> {})).isGreaterThan(BOUND);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void aFaultIsFound(String name, Change change) throws IOException {
        assertThat(cosine(change)).isLessThan(BOUND);
    }

    private double cosine(Change change) throws IOException {
        Artifact artifact = CoreMlExporter.export(
                        new SyntheticFile("synthetic", MODEL),
                        directory.resolve("export"),
                        ExportOptions.defaults().withContext(64))
                .artifact();
        Path program = directory.resolve("export/blocks-0.mlpackage/Data/com.apple.CoreML/model.mlmodel");
        Message model = Message.parse(Files.readAllBytes(program));
        change.apply(
                model.message(502).map(2).get("prefill").map(3).get("CoreML8").messages(3));
        Files.write(program, model.toBytes());
        float[] logits = new ExportedModel(artifact, MODEL).prefill(TOKENS);
        float[] expected = ScalarText.logits(MODEL, TOKENS, TOKENS.length - 1).getFirst();
        return Agreement.of(expected, logits).cosine();
    }
}
