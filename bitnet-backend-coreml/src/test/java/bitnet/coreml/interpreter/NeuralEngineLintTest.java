package bitnet.coreml.interpreter;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.conformance.SyntheticModel;
import bitnet.coreml.export.ExportedPackages;
import bitnet.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeuralEngineLintTest {
    @TempDir
    Path directory;

    @Test
    void anExportHasNothingAgainstIt() throws IOException {
        for (SyntheticModel model :
                List.of(SyntheticModel.tied(ElementType.F16), SyntheticModel.untied(ElementType.Q8_0))) {
            Path blocks = ExportedPackages.blocks(model.transformer(), directory.resolve(model.name()));
            assertThat(NeuralEngineLint.findings(MlPackage.read(blocks))).isEmpty();
            Path head = blocks.resolveSibling("head-0.mlpackage");
            assertThat(NeuralEngineLint.findings(MlPackage.read(head))).isEmpty();
        }
    }

    /** Heads of 40 dimensions: the state is reported to fail. */
    @Test
    void anAwkwardHeadIsFound() throws IOException {
        Path blocks = ExportedPackages.blocks(SyntheticModel.awkward().transformer(), directory.resolve("awkward"));
        assertThat(NeuralEngineLint.findings(MlPackage.read(blocks)))
                .isNotEmpty()
                .allMatch(finding -> finding.contains("dimension of 40"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "rank,            relu,  10, 1 2 3 4 5,        false, 64,        rank 5",
        "dimension,       relu,  10, 1 16385 1 1,      false, 64,        16385",
        "F32,             relu,  11, 1 8 1 1,          false, 64,        element type 11",
        "whole numbers,   add,   23, 1 8 1 1,          false, 64,        element type 23",
        "many positions,  add,   23, 64,               false, 64,        element type 23",
        "operation,       erf,   10, 1 8 1 1,          false, 64,        not allowed",
        "state of F32,    relu,  11, 2 2 64 64,        true,  64,        not F16",
        "state of 40,     relu,  10, 2 2 64 40,        true,  64,        no multiple of 32",
        "state of 100,    relu,  10, 2 2 100 64,       true,  64,        no multiple of 32",
        "weights,         relu,  10, 1 8 1 1,          false, 300000000, bytes of weights",
    })
    void whatSpeaksAgainstAPackageIsFound(
            String name, String operation, int element, String shape, boolean state, long bytes, String finding) {
        List<Integer> dimensions = new ArrayList<>();
        for (String dimension : shape.split(" ")) {
            dimensions.add(Integer.valueOf(dimension));
        }
        var input = new Instruction.Declared("x", new Type(element, dimensions, state));
        var output = new Instruction.Declared("y", new Type(element, dimensions, false));
        Code code = new Code(
                "f",
                "CoreML8",
                List.of(input),
                List.of(new Instruction(operation, Map.of(), output, null)),
                List.of("y"));
        MlPackage content = new MlPackage(9, Map.of("f", code), Map.of(), bytes, 0);
        assertThat(NeuralEngineLint.findings(content)).anyMatch(found -> found.contains(finding));
    }
}
