package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SynthCommandTest {
    @TempDir
    private Path directory;

    @Test
    void fileIsAModelWithoutFaults() {
        String file = directory.resolve("tiny.gguf").toString();
        assertThat(new Bitnet().run("synth", "--shape", "tiny", file).code()).isZero();
        Bitnet.Result inspection = new Bitnet().run("inspect", "--json", file);
        assertThat(inspection.code()).as(inspection.out()).isZero();
        assertThat((List<?>) inspection.object().get("findings"))
                .noneMatch(finding -> !"note".equals(((Map<?, ?>) finding).get("severity")));
        Bitnet.Result run =
                new Bitnet().run("run", "--raw", "--json", "--greedy", "--max-tokens", "3", "-m", file, "Hello");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat((List<?>) run.object().get("tokens")).isNotEmpty();
    }

    @Test
    void sameSeedGivesTheSameFile() throws IOException {
        Path a = directory.resolve("a.gguf");
        Path b = directory.resolve("b.gguf");
        Path c = directory.resolve("c.gguf");
        assertThat(new Bitnet()
                        .run("synth", "--shape", "tiny", "--seed", "7", a.toString())
                        .code())
                .isZero();
        assertThat(new Bitnet()
                        .run("synth", "--shape", "tiny", "--seed", "7", b.toString())
                        .code())
                .isZero();
        assertThat(new Bitnet()
                        .run("synth", "--shape", "tiny", "--seed", "8", c.toString())
                        .code())
                .isZero();
        assertThat(Files.mismatch(a, b)).isEqualTo(-1);
        assertThat(Files.mismatch(a, c)).isNotEqualTo(-1);
    }

    @Test
    void fileThatIsThereIsKeptUnlessForced() throws IOException {
        Path file = Files.writeString(directory.resolve("x.gguf"), "mine");
        assertThat(new Bitnet().run("synth", "--shape", "tiny", file.toString()).code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(file).hasContent("mine");
        assertThat(new Bitnet()
                        .run("synth", "--shape", "huge", directory.resolve("y").toString())
                        .err())
                .contains("2b4t");
    }
}
