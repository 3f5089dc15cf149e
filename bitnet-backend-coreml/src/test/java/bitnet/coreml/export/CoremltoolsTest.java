package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bitnet.conformance.SyntheticModel;
import bitnet.coreml.artifact.HeadType;
import bitnet.tensor.ElementType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where Apple's coremltools is installed for {@code python3}, it has to load the packages and infer the types that they
 * declare. PyPI has it, but Debian does not, and a build must not need PyPI: so this test alone is skipped in CI too.
 */
class CoremltoolsTest {
    private static final int NOT_INSTALLED = 77;

    @TempDir
    Path directory;

    @Test
    void packagesAreAccepted() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3", "src/test/python/check_package.py"));
        for (boolean exact : new boolean[] {false, true}) {
            for (SyntheticModel model :
                    List.of(SyntheticModel.tied(ElementType.F16), SyntheticModel.untied(ElementType.F16))) {
                HeadType head = exact ? HeadType.LUT6 : HeadType.LUT8;
                Path export = directory.resolve(model.name() + head);
                CoreMlExporter.export(
                        new SyntheticFile(model.name(), model.transformer()),
                        export,
                        ExportOptions.defaults().withContext(64).withHead(head).withExactActivations(exact));
                command.add(export.resolve("blocks-0.mlpackage").toString());
                command.add(export.resolve("head-0.mlpackage").toString());
            }
        }
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "there is no python3: " + e.getMessage());
            return;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assumeTrue(process.exitValue() != NOT_INSTALLED, "coremltools is not installed: " + output);
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output.lines().filter(line -> line.contains("declared types equal")))
                .hasSize(8);
    }
}
