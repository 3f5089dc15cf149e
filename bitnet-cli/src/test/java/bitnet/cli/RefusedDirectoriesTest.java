package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bitnet.natives.NativePlatform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where the system lets nothing be written, or runs nothing of what is: the command answers all the same, and says what to do
 * about the speed. The directories are mounted for the command alone.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class RefusedDirectoriesTest {
    private static final Path MODEL = Path.of("../bitnet-demo-model/src/main/resources/bitnet/demo/bitnet-demo.gguf")
            .toAbsolutePath()
            .normalize();

    private static final List<String> ALONE = List.of("unshare", "--user", "--map-root-user", "--mount");

    @TempDir
    private Path directory;

    private Path refused;

    @BeforeEach
    void needsMountsOfItsOwn() throws Exception {
        refused = Files.createDirectory(directory.resolve("refused"));
        assumeThat(run("true", List.of("true")).code()).isZero();
    }

    private record Outcome(int code, String out, String err) {}

    /** Runs a command behind a script, where its mounts are its own. */
    private Outcome run(String script, List<String> command) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(ALONE);
        line.addAll(List.of("sh", "-c", script + " && exec \"$@\"", "sh"));
        line.addAll(command);
        Path err = directory.resolve("err");
        Process process;
        try {
            process = new ProcessBuilder(line).redirectError(err.toFile()).start();
        } catch (IOException e) { // there is no unshare
            return new Outcome(-1, "", "");
        }
        try (InputStream out = process.getInputStream()) {
            String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), text, Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }

    /** Asks for a sum with all directories of the library in the mounted one. */
    private Outcome ask(String mountOptions, String... jvm) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + refused,
                "-Dbitnet.native.cache=" + refused));
        command.addAll(List.of(jvm));
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "bitnet.cli.Main",
                "run",
                "--model",
                MODEL.toString(), // the one in a jar would need a place of its own
                "--greedy",
                "What is 27 + 48?"));
        Outcome outcome = run("mount -t tmpfs -o " + mountOptions + " none " + refused, command);
        assertThat(outcome.out()).as(outcome.err()).isEqualTo("27 + 48 = 75.\n");
        assertThat(outcome.code()).isZero();
        return outcome;
    }

    private static void isOneWarningWithItsCure(String err) {
        assertThat(err.lines().filter(line -> line.contains("WARN")))
                .singleElement()
                .asString()
                .contains("cpu-native", "-Dbitnet.native.cache=DIR", "-Dbitnet.native.path");
        assertThat(err).doesNotContain("\tat ");
    }

    @Test
    void nothingCanBeRun() throws Exception {
        isOneWarningWithItsCure(ask("noexec").err());
    }

    @Test
    void nothingCanBeWritten() throws Exception {
        isOneWarningWithItsCure(ask("ro").err());
    }

    @Test
    void anUnpackedLibraryIsTheCure() throws Exception {
        Path natives = Files.createDirectory(directory.resolve("natives"));
        String file = NativePlatform.current().fileName("bitnet_cpu");
        String resource = NativePlatform.current().resource(file);
        try (InputStream library = RefusedDirectoriesTest.class.getResourceAsStream("/" + resource)) {
            assertThat(library).as(resource).isNotNull();
            Files.copy(library, natives.resolve(file));
        }
        for (String refusal : List.of("noexec", "ro")) {
            assertThat(ask(refusal, "-Dbitnet.native.path=" + natives).err())
                    .contains("cpu-native")
                    .doesNotContain("WARN");
        }
    }
}
