package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
