package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.artifact.Role;
import bitnet.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
    @TempDir
    private Path directory;

    @Test
    void theDemoModelIsExportedAsAskedFor() {
        Path out = directory.resolve("demo.coreml");
        Bitnet.Result result = export(
                "--format",
                "coreml",
                "-c",
                "100",
                "--prefill-batch",
                "16",
                "--chunks",
                "2",
                "--head",
                "lut6",
                "--exact-activations",
                "--compute",
                "fp16",
                "--json",
                demo(),
                out.toString());
        assertThat(result.code()).as(result.err()).isZero();
        Manifest manifest = Artifact.open(out).manifest();
        assertThat(manifest.context()).isEqualTo(128);
        assertThat(manifest.prefillBatch()).isEqualTo(16);
        assertThat(manifest.exactActivations()).isTrue();
        assertThat(manifest.packages(Role.BLOCKS)).hasSize(2);
        Map<String, Object> report = result.object();
        assertThat(report).containsEntry("target", out.toString()).containsEntry("context", 128);
        assertThat((List<?>) report.get("packages")).hasSize(3);
        assertThat(((Number) report.get("bits_per_weight")).doubleValue()).isBetween(2.0, 2.5);
    }

    @Test
    void sizesAreSaid() {
        Bitnet.Result result = export(demo(), directory.resolve("demo.coreml").toString());
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("blocks-0.mlpackage: 2.", "layers 0 to 7", "bits a ternary weight");
    }

    @Test
    void whatIsThereIsKept() throws IOException {
        Path out = Files.createDirectory(directory.resolve("mine"));
        Bitnet.Result result = export(demo(), out.toString());
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.err()).contains("is there already");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(out);
        }
    }

    @Test
    void nonsenseIsAUsageError() {
        String out = directory.resolve("x").toString();
        for (List<String> wrong : List.of(
                List.of("--chunks", "many"),
                List.of("--chunks", "0"),
                List.of("--chunks", "9"),
                List.of("--context", "4096"),
                List.of("--context", "32", "--prefill-batch", "64"),
                List.of("--prefill-batch", "1"),
                List.of("--head", "lut4"),
                List.of("--format", "onnx"))) {
            Stream<String> all = Stream.concat(wrong.stream(), Stream.of(demo(), out));
            assertThat(export(all.toArray(String[]::new)).code())
                    .as(wrong.toString())
                    .isEqualTo(ExitCode.USAGE.code());
        }
        assertThat(directory).isEmptyDirectory();
    }

    private static Bitnet.Result export(String... arguments) {
        return new Bitnet()
                .run(Stream.concat(Stream.of("export"), Stream.of(arguments)).toArray(String[]::new));
    }

    private static String demo() {
        return DemoModel.file().toString();
    }
}
