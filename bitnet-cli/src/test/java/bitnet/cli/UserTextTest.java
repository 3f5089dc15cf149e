package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.UnmatchedArgumentException;

class UserTextTest {
    @Command
    private static final class Probe {
        @Option(names = {"-m", "--model"})
        private Path model;

        @Option(names = {"-n", "--number"})
        private Integer number;

        @Option(names = "--system")
        private String system;

        @Option(names = "--flag")
        private boolean flag;

        @Parameters
        private List<String> words = List.of();
    }

    private static Probe parse(String... arguments) {
        Probe probe = new Probe();
        CommandLine line = new CommandLine(probe);
        UserText.accept(line);
        line.parseArgs(UserText.mark(line.getCommandSpec(), arguments));
        return probe;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-5 + 3 = ?",
                "-5",
                "-.5",
                "- a list",
                "--- a line ---",
                "-help me, said the fox",
                "--flag that",
                "-",
                "@file",
                "@",
                "-n is a number",
                "-\u2014",
                "a = -b"
            })
    void isText(String text) {
        for (Probe probe : List.of(parse(text, "--flag"), parse("--flag", text), parse("--flag", "--", text))) {
            assertThat(probe.words).containsExactly(text);
        }
    }

    @Test
    void valuesOfOptionsAreTheirs() {
        Probe probe = parse("--system", "- be brief", "-n", "-5", "-m", "-file", "system", "-1");
        assertThat(probe.system).isEqualTo("- be brief");
        assertThat(parse("--system=--x y").system).isEqualTo("--x y");
        assertThat(probe.number).isEqualTo(-5);
        assertThat(probe.model).isEqualTo(Path.of("-file"));
        assertThat(probe.words).containsExactly("system", "-1");
        assertThat(parse("-m/a b/c", "-n7").model).isEqualTo(Path.of("/a b/c"));
    }

    @Test
    void mistypedOptionsAreNot() {
        assertThat(Stream.of("--modle", "--modle=x", "-q", "--temp-x=0.5 1"))
                .allSatisfy(option -> assertThat(failure(option)).isInstanceOf(UnmatchedArgumentException.class));
    }

    private static Throwable failure(String option) {
        try {
            parse(option);
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }
}
