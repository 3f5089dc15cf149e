package bitnet.cli;

import bitnet.BackendFailureException;
import bitnet.BitNetException;
import bitnet.ChatSession;
import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.ModelInfo;
import bitnet.Token;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A conversation: reads a message, writes the answer, until the messages end. */
final class Chat {
    private static final List<String> HELP = List.of(
            "/reset  forget the conversation",
            "/stats  tokens and speed of the last answer",
            "/help   this list",
            "/exit   end (so does Ctrl-D)",
            "A backslash at the end of a line, or Alt-Enter, continues the message on the next. Ctrl-C stops an answer.",
            "A message that begins with a slash: put a space before it.");

    /**
     * How answers are shown.
     *
     * @param json as JSON lines
     * @param stats with statistics
     * @param limited whether the user set the number of tokens
     */
    record Style(boolean json, boolean stats, boolean limited) {}

    private final Console console;
    private final ChatSession session;
    private final ModelInfo model;
    private final Style style;
    private volatile @Nullable Generation current;
    private @Nullable Completion last;

    Chat(Console console, ChatSession session, ModelInfo model, Style style) {
        this.console = console;
        this.session = session;
        this.model = model;
        this.style = style;
        console.interruption().onInterrupt(this::stopAnswer);
    }

    /** Talks until the messages end. */
    ExitCode talk(ChatInput input) throws IOException {
        input.onInterrupt(this::stopAnswer);
        while (true) {
            Optional<String> read = console.interruption().idle(input::read);
            if (console.interruption().isCancelled()) {
                return ExitCode.INTERRUPTED;
            }
            String message = read.orElse("/exit");
            if (message.strip().equals("/exit") || message.strip().equals("/quit")) {
                return ExitCode.OK;
            }
            if (message.startsWith("/")) {
                command(message.strip());
            } else if (!message.isBlank()) {
                answer(message);
            }
            if (console.interruption().isCancelled()) {
                return ExitCode.INTERRUPTED;
            }
        }
    }

    /** Stops the answer that is being written, if there is one. Any thread may call it. */
    private void stopAnswer() {
        Generation generation = current;
        if (generation != null) {
            generation.cancel();
        }
    }

    private void command(String command) {
        switch (command) {
            case "/reset", "/clear" -> {
                session.reset();
                console.say("the conversation is forgotten");
            }
            case "/stats" -> console.say(last == null ? "there is no answer yet" : Answers.statistics(last));
            case "/help" -> HELP.forEach(line -> console.err().println(line));
            default -> console.say("there is no command " + command + "; /help lists the commands");
        }
    }

    private void answer(String message) {
        try (Generation generation = session.stream(message)) {
            current = generation;
            if (console.interruption().isCancelled()) {
                generation.cancel();
            }
            Completion answer = style.json() ? writeJson(generation) : writeText(generation);
            last = answer;
            if (answer.finishReason() == FinishReason.CANCELLED) {
                console.say("stopped");
            }
            Answers.explainEnd(console, answer, style.limited());
            if (style.stats()) {
                console.say(Answers.statistics(answer));
            }
        } catch (BackendFailureException e) {
            throw e;
        } catch (BitNetException e) {
            console.say(Errors.sentence(e) + "; /reset forgets the conversation");
        } finally {
            current = null;
        }
    }

    private Completion writeText(Generation generation) {
        try {
            while (generation.hasNext()) {
                String text = generation.next().text();
                if (!text.isEmpty()) {
                    console.print(text);
                }
            }
        } finally {
            console.println("");
        }
        return generation.finish();
    }

    private Completion writeJson(Generation generation) {
        List<Token> tokens = new ArrayList<>();
        generation.forEachRemaining(tokens::add);
        Completion answer = generation.finish();
        Json.println(console, json -> Answers.write(json, answer, model, tokens));
        return answer;
    }
}
