package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.GenerationOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A chat at a terminal: keys are pressed as a script says. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TerminalChatTest {
    private static final String ENTER = "\r";
    private static final String ALT_ENTER = "\u001b\r";
    private static final String CTRL_C = "\u0003";
    private static final String CTRL_D = "\u0004";

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final PipedOutputStream keys = new PipedOutputStream();

    private TerminalInput terminal(String type) throws IOException {
        Terminal terminal =
                new ExternalTerminal("test", type, new PipedInputStream(keys, 1 << 16), screen, StandardCharsets.UTF_8);
        return new TerminalInput(terminal, directory.resolve("history"));
    }

    private void press(String text) throws IOException {
        keys.write(text.getBytes(StandardCharsets.UTF_8));
        keys.flush();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dumb", "xterm"})
    void linesAreMessages(String type) throws IOException {
        try (TerminalInput input = terminal(type)) {
            press("Grüße \"an ' alle!" + ENTER + "second" + ENTER);
            assertThat(input.read()).contains("Grüße \"an ' alle!");
            assertThat(input.read()).contains("second");
        }
    }

    @Test
    void backslashAndAltEnterGoOnInTheNextLine() throws IOException {
        try (TerminalInput input = terminal("xterm")) {
            press("one\\" + ENTER + "two" + ENTER + "three" + ALT_ENTER + "four" + ENTER);
            assertThat(input.read()).contains("one\ntwo");
            assertThat(input.read()).contains("three\nfour");
        }
    }

    @Test
    void ctrlCForgetsTheLineAndCtrlDEnds() throws IOException {
        try (TerminalInput input = terminal("xterm")) {
            press("wrong" + CTRL_C + "right" + ENTER + CTRL_D);
            assertThat(input.read()).contains("right");
            assertThat(input.read()).isEmpty();
            assertThat(screen.toString(StandardCharsets.UTF_8)).contains("Ctrl-D or /exit ends");
        }
    }

    @Test
    void historyIsKept() throws IOException {
        try (TerminalInput input = terminal("xterm")) {
            press("remember me" + ENTER);
            assertThat(input.read()).contains("remember me");
        }
        assertThat(Files.readString(directory.resolve("history"))).contains("remember me");
    }

    @Test
    void historyLiesInTheStateDirectory() {
        Path history = TerminalInput.historyFile(new Environment(Map.of("XDG_STATE_HOME", directory.toString())));
        assertThat(history).isEqualTo(directory.resolve("bitnet").resolve("chat-history"));
        assertThat(directory.resolve("bitnet")).isDirectory();
    }

    @Test
    void ctrlCStopsTheAnswerAndNotTheChat() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new ExternalTerminal(
                "test", "xterm", new PipedInputStream(keys, 1 << 16), screen, StandardCharsets.UTF_8);
        // As soon as the first answer begins, Ctrl-C; when it has ended, the next question.
        var watched = new PrintStream(
                new OutputStream() {
                    private boolean stopped;

                    @Override
                    public void write(int b) throws IOException {
                        out.write(b);
                        if (!stopped) {
                            stopped = true;
                            terminal.raise(Terminal.Signal.INT);
                            press("What is 27 + 48?" + ENTER + "/exit" + ENTER);
                        }
                    }
                },
                true,
                StandardCharsets.UTF_8);
        var console = new Console(
                InputStream.nullInputStream(),
                watched,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new Environment(Map.of()),
                new Interruption(),
                false);
        try (Model model = Model.load(DemoModel.file());
                ChatSession session = model.chat(ChatOptions.defaults().withGeneration(GenerationOptions.greedy()));
                TerminalInput input = new TerminalInput(terminal, null)) {
            press("Tell me a story about a fox named Mila who loses a lantern." + ENTER);
            var chat = new Chat(console, session, model.info(), new Chat.Style(false, false, false));
            assertThat(chat.talk(input)).isEqualTo(ExitCode.OK);
        }
        String[] answers = out.toString(StandardCharsets.UTF_8).split("\n");
        assertThat(answers).hasSize(2);
        assertThat(RunCommandTest.FOX).startsWith(answers[0]);
        assertThat(answers[0]).hasSizeLessThan(RunCommandTest.FOX.length());
        assertThat(answers[1]).isEqualTo("27 + 48 = 75.");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("stopped");
    }
}
