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
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
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
    private static final String PROMPT = "> ";
    private static final String ENTER = "\r";
    private static final String ALT_ENTER = "\u001b\r";
    private static final String CTRL_C = "\u0003";
    private static final String CTRL_D = "\u0004";

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final Keyboard keys = new Keyboard();

    /** Keys pressed by any thread. A pipe of the JDK would end with the thread that wrote to it last. */
    private static final class Keyboard extends InputStream {
        private final BlockingQueue<Byte> pressed = new LinkedBlockingQueue<>();

        void press(String text) {
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                pressed.add(b);
            }
        }

        @Override
        public int read() throws IOException {
            try {
                return pressed.take() & 0xff;
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            bytes[offset] = (byte) read();
            return 1;
        }
    }

    private TerminalInput terminal(String type) throws IOException {
        Terminal terminal = new ExternalTerminal("test", type, keys, screen, StandardCharsets.UTF_8);
        return new TerminalInput(terminal, directory.resolve("history"));
    }

    /** Presses keys as soon as the screen shows a text so many times, as a person does. */
    private void whenShown(String text, int times, String next) {
        Thread.ofVirtual().start(() -> {
            try {
                while (screen.toString(StandardCharsets.UTF_8).split(Pattern.quote(text), -1).length <= times) {
                    Thread.sleep(5);
                }
                keys.press(next);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"dumb", "xterm"})
    void linesAreMessages(String type) throws IOException {
        try (TerminalInput input = terminal(type)) {
            keys.press("Grüße \"an ' alle!" + ENTER + "second" + ENTER);
            assertThat(input.read()).contains("Grüße \"an ' alle!");
            assertThat(input.read()).contains("second");
        }
    }

    @Test
    void backslashAndAltEnterGoOnInTheNextLine() throws IOException {
        try (TerminalInput input = terminal("xterm")) {
            whenShown(PROMPT, 1, "one\\" + ENTER + "two" + ENTER);
            assertThat(input.read()).contains("one\ntwo");
            whenShown(PROMPT, 2, "three" + ALT_ENTER + "four" + ENTER);
            assertThat(input.read()).contains("three\nfour");
        }
    }

    @Test
    void ctrlCForgetsTheLineAndCtrlDEnds() throws IOException {
        try (TerminalInput input = terminal("xterm")) {
            whenShown(PROMPT, 1, "wrong");
            whenShown("wrong", 1, CTRL_C);
            whenShown(PROMPT, 2, "right" + ENTER);
            assertThat(input.read()).contains("right");
            assertThat(screen.toString(StandardCharsets.UTF_8)).contains("Ctrl-D or /exit ends");
            whenShown(PROMPT, 3, CTRL_D);
            assertThat(input.read()).isEmpty();
        }
    }

    @Test
    void historyIsKept() throws IOException {
        try (TerminalInput input = terminal("xterm")) {
            keys.press("remember me" + ENTER);
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
        Terminal terminal = new ExternalTerminal("test", "xterm", keys, screen, StandardCharsets.UTF_8);
        // As soon as the first answer begins, Ctrl-C; when it has ended, the next question.
        var watched = new Output(new OutputStream() {
            private boolean stopped;

            @Override
            public void write(int b) throws IOException {
                out.write(b);
                if (!stopped) {
                    stopped = true;
                    terminal.raise(Terminal.Signal.INT);
                    keys.press("What is 27 + 48?" + ENTER + "/exit" + ENTER);
                }
            }
        });
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
            keys.press("Tell me a story about a fox named Mila who loses a lantern." + ENTER);
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
