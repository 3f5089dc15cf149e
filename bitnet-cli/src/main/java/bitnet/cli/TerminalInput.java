package bitnet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.History;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jspecify.annotations.Nullable;

/** Messages typed at a terminal, with editing and history. */
final class TerminalInput implements ChatInput {
    private static final String PROMPT = "> ";
    private static final String CONTINUED = "| ";
    private final Terminal terminal;
    private final LineReader reader;

    /**
     * @param terminal closed with this
     * @param history where earlier messages are kept, or null for nowhere
     */
    TerminalInput(Terminal terminal, @Nullable Path history) {
        this.terminal = terminal;
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("bitnet")
                .parser(new Messages())
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.BRACKETED_PASTE, true)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, CONTINUED)
                .variable(LineReader.HISTORY_SIZE, 1000);
        if (history != null) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        this.reader = builder.build();
    }

    /** Where the history is kept: {@code $XDG_STATE_HOME/bitnet}; null if that directory cannot be made. */
    static @Nullable Path historyFile(Environment environment) {
        Path state = environment
                .text("XDG_STATE_HOME")
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "state"));
        try {
            return Files.createDirectories(state.resolve("bitnet")).resolve("chat-history");
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public Optional<String> read() {
        while (true) {
            try {
                return Optional.of(reader.readLine(PROMPT).replace("\\\n", "\n"));
            } catch (UserInterruptException _) {
                terminal.writer().println("(Ctrl-D or /exit ends the chat)");
                terminal.flush();
            } catch (EndOfFileException _) {
                return Optional.empty();
            }
        }
    }

    @Override
    public void onInterrupt(Runnable action) {
        Terminal.SignalHandler _ = terminal.handle(Signal.INT, _ -> action.run());
    }

    @Override
    public void close() throws IOException {
        History history = reader.getHistory();
        try (terminal) {
            history.save();
        }
    }

    /** A message is taken as it stands: no quotes, no words; a backslash before the line end asks for another line. */
    private static final class Messages implements Parser {
        private final DefaultParser words =
                new DefaultParser().escapeChars(null).quoteChars(new char[0]);

        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && line.endsWith("\\")) {
                throw new EOFError(-1, cursor, "another line is to come");
            }
            return context == ParseContext.ACCEPT_LINE ? whole(line, cursor) : words.parse(line, cursor, context);
        }

        private static ParsedLine whole(String line, int cursor) {
            return new ParsedLine() {
                @Override
                public String word() {
                    return line;
                }

                @Override
                public int wordCursor() {
                    return cursor;
                }

                @Override
                public int wordIndex() {
                    return 0;
                }

                @Override
                public List<String> words() {
                    return List.of(line);
                }

                @Override
                public String line() {
                    return line;
                }

                @Override
                public int cursor() {
                    return cursor;
                }
            };
        }
    }
}
