package bitnet.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import bitnet.BusyException;
import bitnet.CapacityException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrorsTest {
    @TempDir
    private Path directory;

    @AfterEach
    void quiet() {
        System.clearProperty("org.slf4j.simpleLogger.defaultLogLevel");
    }

    @Test
    void unknownOptionIsSuggestedAgainst() {
        Bitnet.Result result = new Bitnet().run("run", "--gredy", "x");
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains("--gredy")
                .contains("did you mean --greedy")
                .contains("bitnet run --help");
    }

    @Test
    void unknownCommandIsSuggestedAgainst() {
        Bitnet.Result result = new Bitnet().run("tokenise", "x");
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.err()).contains("tokenise").contains("did you mean tokenize");
    }

    @Test
    void noCommandShowsTheHelpOnStandardError() {
        Bitnet.Result result = new Bitnet().run();
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("Usage: bitnet").contains("BITNET_MODEL");
    }

    @Test
    void damagedModelIsASentenceAndNoTrace() throws IOException {
        Path file = Files.writeString(directory.resolve("a.gguf"), "GGUF\3\0\0\0 and then nothing that makes sense");
        Bitnet.Result result = new Bitnet().run("run", "-m", file.toString(), "x");
        assertThat(result.code()).isEqualTo(ExitCode.MODEL_FORMAT.code()).isEqualTo(3);
        assertThat(result.err())
                .contains(file.toString())
                .doesNotContain("\tat ")
                .doesNotContain("Exception");
    }

    @Test
    void aModelThatIsBusyOrFullHasAnExitCodeOfItsOwn() {
        var err = new ByteArrayOutputStream();
        var console = new Console(
                InputStream.nullInputStream(),
                new Output(OutputStream.nullOutputStream()),
                new PrintStream(err, true, UTF_8),
                new Environment(Map.of()),
                new Interruption(),
                false);
        var errors = new Errors(console);
        assertThat(errors.report(new CapacityException("no memory for 4096 more tokens")))
                .isEqualTo(ExitCode.CAPACITY.code())
                .isEqualTo(10);
        assertThat(errors.report(new BusyException(3, 7)))
                .isEqualTo(ExitCode.BUSY.code())
                .isEqualTo(11);
        assertThat(err.toString(UTF_8))
                .contains("bitnet: no memory for 4096 more tokens", "3", "7")
                .doesNotContain("Exception");
    }

    @Test
    void debugShowsTheTrace() {
        Bitnet.Result result = new Bitnet().with("BITNET_LOG_LEVEL", "debug").run("run", "-m", "none.gguf", "x");
        assertThat(result.code()).isEqualTo(ExitCode.MODEL_FORMAT.code());
        assertThat(result.err()).contains("\tat bitnet.");
    }

    @Test
    void strictDeviceFailsWithEveryReason() {
        Bitnet.Result result = new Bitnet().run("run", "--device", "apple-gpu", "--strict-device", "x");
        assertThat(result.code()).isEqualTo(ExitCode.DEVICE_UNAVAILABLE.code()).isEqualTo(5);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("allowed: only apple-gpu").doesNotContain("scalar");
    }

    @Test
    void missingDeviceFallsBackLoudly() {
        Bitnet.Result result = new Bitnet().run("run", "--greedy", "--device", "apple-ne", "What is 27 + 48?");
        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("27 + 48 = 75.\n");
        assertThat(result.err()).contains("WARNING").contains("apple-ne").contains("on cpu");
    }

    @Test
    void exitCodesAreInTheHelp() {
        Bitnet.Result result = new Bitnet().run("help");
        assertThat(result.code()).isZero();
        for (ExitCode code : ExitCode.values()) {
            assertThat(result.out()).contains(String.valueOf(code.code())).contains(code.meaning());
        }
        assertThat(new Bitnet().run("run", "--help").out()).contains("--greedy").contains("BITNET_MODEL");
    }

    @Test
    void versionNamesTheMachine() {
        Bitnet.Result result = new Bitnet().run("--version");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .startsWith("bitnet ")
                .contains("JDK " + Runtime.version())
                .contains(System.getProperty("os.arch"));
    }

    @Test
    void completionScriptKnowsTheOptions() {
        Bitnet.Result result = new Bitnet().run("generate-completion");
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("--strict-device").contains("perplexity");
    }
}
