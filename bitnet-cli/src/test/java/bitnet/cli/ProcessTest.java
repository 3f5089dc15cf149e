package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    private Process start(List<String> args) throws IOException {
        List<String> command = new ArrayList<>();
        if (ignoresInterrupts()) {
            command.addAll(List.of("env", "--default-signal=INT"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
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
}
