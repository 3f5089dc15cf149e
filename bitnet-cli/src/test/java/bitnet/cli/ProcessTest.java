package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bitnet.demo.DemoModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process: signals and pipes. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
@DisabledOnOs(OS.WINDOWS)
class ProcessTest {
    /** Draws from nearly flat distributions, so that the text goes on until the context is full. */
    private static final List<String> ENDLESS = List.of(
            "run", "--raw", "--max-tokens", "0", "--temperature", "50", "--top-k", "200", "--seed", "5", "Once");

    private static final Path STATUS = Path.of("/proc/self/status");
    /** In a mask of signals. */
    private static final long SIGINT = 1L << (2 - 1);

    private static final List<String> ALLOWED = List.of("--enable-native-access=ALL-UNNAMED");
    private static final List<String> SUM = List.of("run", "--greedy", "What is 27 + 48?");

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    private Process start(List<String> args) throws IOException {
        return start(ignoresInterrupts() ? List.of("env", "--default-signal=INT") : List.of(), ALLOWED, args);
    }

    /**
     * Starts the command.
     *
     * @param prefix a command that runs the one that follows it
     * @param jvm options of the JVM
     */
    private Process start(List<String> prefix, List<String> jvm, List<String> args) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC"));
        command.addAll(jvm);
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "bitnet.cli.Main"));
        command.addAll(args);
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("err").toFile())
                .start();
        started.add(process);
        return process;
    }

    private static int code(List<String> command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1;
        }
    }

    private List<String> shell(String script) {
        return List.of("sh", "-c", script + " exec \"$@\"", "sh");
    }

    /** Where a script runs the build in its background, the build ignores SIGINT, and so does what it starts. */
    private static boolean ignoresInterrupts() throws IOException {
        if (!Files.exists(STATUS)) {
            return false;
        }
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .anyMatch(ignored -> (ignored & SIGINT) != 0);
    }

    @AfterEach
    void nothingIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    private String err() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    private static void signal(String name, Process process) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    @Test
    void ctrlCStopsTheAnswerCleanly() throws Exception {
        Process process = start(ENDLESS);
        try (InputStream out = process.getInputStream()) {
            byte[] first = out.readNBytes(1);
            signal("INT", process);
            String rest = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isEqualTo(ExitCode.INTERRUPTED.code());
            assertThat(first).isNotEmpty();
            assertThat(rest).endsWith("\n");
            assertThat(err()).contains("interrupted").doesNotContain("\tat ");
        }
    }

    @Test
    void terminationDoesToo() throws Exception {
        Process process = start(ENDLESS);
        try (InputStream out = process.getInputStream()) {
            out.readNBytes(1);
            signal("TERM", process);
            assertThat(new String(out.readAllBytes(), StandardCharsets.UTF_8)).endsWith("\n");
            assertThat(process.waitFor()).isEqualTo(143);
        }
    }

    @Test
    void ctrlCAtAPromptEndsAtOnce() throws Exception {
        Process process = start(List.of("chat", "--greedy"));
        process.getOutputStream().write("What is 27 + 48?\n".getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        assertThat(process.getInputStream().readNBytes(14))
                .isEqualTo("27 + 48 = 75.\n".getBytes(StandardCharsets.UTF_8));
        Thread.sleep(100);
        long start = System.nanoTime();
        signal("INT", process);
        assertThat(process.waitFor()).isEqualTo(ExitCode.INTERRUPTED.code());
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(8);
    }

    @Test
    void readerWhoGoesAwayEndsItQuietly() throws Exception {
        Process process = start(ENDLESS);
        InputStream out = process.getInputStream();
        out.readNBytes(1);
        out.close();
        assertThat(process.waitFor()).isEqualTo(ExitCode.OUTPUT_CLOSED.code());
        assertThat(err()).doesNotContain("Exception").doesNotContain("failed");
    }

    @Test
    void outputIsUtf8InAnyLocale() throws Exception {
        Process process = start(List.of("tokenize", "--decode", "--jsonl"));
        try (var in = process.getOutputStream()) {
            in.write("[1812]\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(process.getInputStream().readAllBytes()).isEqualTo("\"\"\n".getBytes(StandardCharsets.UTF_8));
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void aFullDiskIsAFailureWithItsReason() throws Exception {
        assumeThat(Path.of("/dev/full")).exists();
        Process process = start(shell("exec >/dev/full;"), ALLOWED, SUM);
        assertThat(process.waitFor()).isEqualTo(ExitCode.FAILURE.code());
        assertThat(err()).containsIgnoringCase("cannot write: no space left on device");
    }

    /** As in a container that runs as a number: the cache is the user's own, whether or not he has a name. */
    @Test
    void aUserWithoutANameHasACache() throws Exception {
        List<String> nameless = List.of("unshare", "--user", "--map-user=12345");
        List<String> whether = new ArrayList<>(nameless);
        whether.add("true");
        assumeThat(code(whether)).isZero();
        List<String> jvm = List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-Dbitnet.native.cache=" + directory.resolve("cache"),
                "-Djava.io.tmpdir=/no/such/directory");
        for (int i = 0; i < 2; i++) {
            Process process = start(nameless, jvm, SUM);
            assertThat(process.waitFor()).isZero();
            assertThat(err()).contains("cpu-native").doesNotContain("belongs");
        }
    }

    @Test
    void aCacheThatTheLocaleCannotSpellIsPassedOver() throws Exception {
        String script = "LC_ALL=POSIX; XDG_CACHE_HOME=$(printf '" + directory + "/c\\303\\244che');"
                + " export LC_ALL XDG_CACHE_HOME;";
        Process process = start(shell(script), ALLOWED, SUM);
        assertThat(process.waitFor()).isZero();
        assertThat(err()).doesNotContain("WARN").doesNotContain("Error");
        assertThat(directory.resolve("cäche")).doesNotExist();
    }

    @Test
    void nativeCodeThatIsDeniedIsOneWarningWithItsCure() throws Exception {
        Process process =
                start(List.of(), List.of("--illegal-native-access=deny", "--add-modules=jdk.incubator.vector"), SUM);
        assertThat(process.getInputStream().readAllBytes())
                .isEqualTo("27 + 48 = 75.\n".getBytes(StandardCharsets.UTF_8));
        assertThat(process.waitFor()).isZero();
        assertThat(err().lines().filter(line -> line.contains("--enable-native-access=ALL-UNNAMED")))
                .singleElement()
                .asString()
                .contains("WARN")
                .contains("cpu-native")
                .contains("cpu-vector");
    }

    @Test
    void whatIsNotThereIsNotMentioned() throws Exception {
        Process process = start(List.of(), ALLOWED, SUM);
        assertThat(process.waitFor()).isZero();
        assertThat(err()).doesNotContain("cuda").doesNotContain("metal").doesNotContain("apple");
    }

    @Test
    void aFullDiskLeavesNoHalfOfAModel() throws Exception {
        Path target = directory.resolve("out").resolve("out.gguf");
        Files.createDirectory(target.getParent());
        List<String> convert =
                List.of("convert", "--type", "bf16", DemoModel.file().toString(), target.toString());
        Process process = start(shell("ulimit -f 4000;"), ALLOWED, convert);
        assertThat(process.waitFor()).as(err()).isEqualTo(ExitCode.FAILURE.code());
        assertThat(err()).contains(target + ": cannot be written: ").doesNotContain("\tat ");
        assertThat(target.getParent()).isEmptyDirectory();
    }

    /** The launcher without a descriptor: the JVM must not get one that a file of its own could take. */
    @Test
    void theLauncherMindsClosedDescriptors() throws Exception {
        Path launcher = Path.of("..", "bitnet").toAbsolutePath();
        assumeThat(launcher).exists();
        Path root = Files.createDirectory(directory.resolve("tree"));
        Path copy = Files.copy(launcher, root.resolve("bitnet"), StandardCopyOption.COPY_ATTRIBUTES);
        Path target = Files.createDirectories(root.resolve("bitnet-cli").resolve("target"));
        Files.writeString(target.resolve("bitnet-cli-1.jar"), "");
        Path java = Files.createDirectories(root.resolve("jdk").resolve("bin")).resolve("java");
        Files.writeString(root.resolve("jdk").resolve("release"), "JAVA_VERSION=\"25\"\n");
        Files.writeString(java, "#!/bin/sh\nread -r line <&0 || echo end of input\necho an error >&2\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(target.resolve("launcher.stamp"), "");

        assertThat(launch(copy, ">&-")).isEqualTo("1");
        assertThat(err()).contains("cannot write: standard output is closed");
        assertThat(launch(copy, "<&-")).isEqualTo("end of input\n0");
        assertThat(err()).as("behind what it prepares").endsWith("an error\n");
        assertThat(launch(copy, "2>&-")).endsWith("0");
        assertThat(err()).isEmpty();
    }

    /** The wrapper fetches a Maven; here a script in its place leaves a jar. */
    @Test
    void theLauncherBuildsWithoutAMaven() throws Exception {
        Path launcher = Path.of("..", "bitnet").toAbsolutePath();
        assumeThat(launcher).exists();
        Path root = Files.createDirectory(directory.resolve("tree"));
        Path copy = Files.copy(launcher, root.resolve("bitnet"), StandardCopyOption.COPY_ATTRIBUTES);
        Path java = Files.createDirectories(root.resolve("jdk").resolve("bin")).resolve("java");
        Files.writeString(root.resolve("jdk").resolve("release"), "JAVA_VERSION=\"25\"\n");
        Files.writeString(java, "#!/bin/sh\necho \"$@\"\n");
        Path wrapper = root.resolve("mvnw");
        Files.writeString(
                wrapper,
                "#!/bin/sh\necho \"$JAVA_HOME $*\" >built\n"
                        + "mkdir -p bitnet-cli/target\ncd bitnet-cli/target\ntouch bitnet-cli-1.jar bitnet-cli-1-all.jar launcher.stamp\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        assertThat(wrapper.toFile().setExecutable(true)).isTrue();
        Path path = Files.createDirectory(directory.resolve("path"));
        for (String tool : List.of(
                "sh", "env", "find", "head", "mkdir", "mktemp", "mv", "readlink", "sed", "touch", "tr", "uname")) {
            for (String place : List.of("/bin", "/usr/bin")) {
                if (Files.exists(Path.of(place, tool)) && !Files.exists(path.resolve(tool))) {
                    Files.createSymbolicLink(path.resolve(tool), Path.of(place, tool));
                }
            }
        }
        assertThat(launch(copy, "", path)).endsWith("bitnet-cli-1.jar --version\n0");
        assertThat(Files.readString(root.resolve("built")))
                .startsWith(root.resolve("jdk").toRealPath() + " ")
                .contains("-Pquick");
    }

    /** What the launcher writes, and its exit code. */
    private String launch(Path launcher, String redirection) throws IOException, InterruptedException {
        return launch(launcher, redirection, null);
    }

    /** The same, with the commands of one directory alone. */
    private String launch(Path launcher, String redirection, @Nullable Path path)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                "sh", "-c", "\"$1\" --version " + redirection + "; printf %s $?", "sh", launcher.toString());
        builder.environment().put("JAVA_HOME", launcher.resolveSibling("jdk").toString());
        if (path != null) {
            builder.environment().put("PATH", path.toString());
        }
        Process process =
                builder.redirectError(directory.resolve("err").toFile()).start();
        started.add(process);
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out;
    }
}
