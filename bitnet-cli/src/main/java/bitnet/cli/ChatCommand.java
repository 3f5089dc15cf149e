package bitnet.cli;

import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.GenerationOptions;
import bitnet.Model;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.impl.DumbTerminal;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A conversation at a terminal, or over a pipe. */
@Command(
        name = "chat",
        description = {
            "Talks with the model. A terminal has editing and history; other input is read as one message per line.",
            "When the conversation no longer fits into the context, the oldest questions and answers are left out.",
            "/help lists the commands that can be typed."
        })
final class ChatCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @Option(names = "--system", paramLabel = "TEXT", description = "How the assistant should behave.")
    private @Nullable String system;

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description =
                    "Save the conversation to this file when it ends, with its keys and values; --resume continues it.")
    private @Nullable Path save;

    @Option(
            names = "--resume",
            paramLabel = "FILE",
            description = "Continue a conversation that --save wrote with the same model.")
    private @Nullable Path resume;

    @Option(
            names = "--stats",
            description = "Write the number of tokens and the speed of every answer to standard error.")
    private boolean stats;

    @Option(names = "--json", description = "Write a JSON line for each answer in place of its text.")
    private boolean json;

    ChatCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        sampling.check(console.environment());
        if (resume != null && system != null) {
            throw new UsageException("--system is not for --resume, which takes the conversation's own");
        }
        if (resume != null && !Files.isRegularFile(resume)) {
            throw new UsageException("--resume: " + resume + " is not a file");
        }
        try (Model model = modelOptions.load(console);
                ChatSession session = session(model);
                ChatInput input = input()) {
            var style = new Chat.Style(json, stats, sampling.maxTokens != null);
            ExitCode code = new Chat(console, session, model.info(), style).talk(input);
            if (save != null) {
                session.save(save);
            }
            return code.code();
        }
    }

    private ChatSession session(Model model) {
        ChatOptions options = options(model);
        return resume == null ? model.chat(options) : model.restore(resume, options);
    }

    private ChatOptions options(Model model) {
        GenerationOptions generation = sampling.over(model.defaultOptions(), console.environment());
        return ChatOptions.defaults()
                .withSystem(system)
                .withGeneration(generation)
                .withOverflow(ChatOptions.OverflowPolicy.DROP_OLDEST_TURNS);
    }

    /** JLine where standard input is a terminal, plain lines where it is not. */
    private ChatInput input() throws IOException {
        if (!console.standard() || !Terminals.isTerminal(Terminals.STDIN)) {
            return new LineInput(console.in());
        }
        var terminal = TerminalBuilder.builder()
                .system(true)
                .encoding(StandardCharsets.UTF_8)
                .dumb(true)
                .build();
        if (terminal instanceof DumbTerminal) {
            // JLine leaves Ctrl-C at a dumb terminal to the JVM, which ends.
            Signals.register("INT", () -> terminal.raise(Terminal.Signal.INT));
        }
        console.say("/help lists commands, Ctrl-D ends");
        return new TerminalInput(terminal, TerminalInput.historyFile(console.environment()));
    }
}
