package bitnet.engine;

import bitnet.ChatOptions;
import bitnet.ChatOptions.OverflowPolicy;
import bitnet.ChatSession;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Reply;
import bitnet.ToolCall;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A chat session: its messages, and the context that holds what was computed of them. */
final class Conversation implements ChatSession {
    private final LoadedModel model;
    private final ChatFormat format;
    private final ChatOptions options;
    private final GenerationOptions generationOptions;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Message> turns;
    private final Context context;
    // how many of the turns are left out of the prompt, from the oldest on
    private int dropped;
    // what was computed and generated before the answer that is active or was last
    private int[] known;
    private @Nullable TokenGeneration active;
    private boolean closed;

    Conversation(LoadedModel model, ChatFormat format, ChatOptions options) {
        this(model, format, options, new Context(model), options.history(), 0, new int[0]);
    }

    private Conversation(
            LoadedModel model,
            ChatFormat format,
            ChatOptions options,
            Context context,
            List<Message> turns,
            int dropped,
            int[] known) {
        this.model = model;
        this.format = format;
        this.options = options;
        this.generationOptions = options.generation() == null ? model.defaultOptions() : options.generation();
        this.context = context;
        this.turns = new ArrayList<>(turns);
        this.dropped = dropped;
        this.known = known;
    }

    @Override
    public Generation stream(List<Message> messages) {
        return stream(messages, generationOptions);
    }

    @Override
    public Generation stream(List<Message> messages, GenerationOptions answer) {
        List<Message> said = List.copyOf(messages);
        if (said.isEmpty() || !said.stream().allMatch(m -> m instanceof Message.User || m instanceof Message.Tool)) {
            throw new IllegalArgumentException("there is nothing that a user or a tool says, or somebody else says it");
        }
        lock.lock();
        try {
            requireIdle();
            if (active != null) {
                known = active.tokens();
            }
            int[] prompt = prompt(said);
            model.requireFits(prompt);
            active = new TokenGeneration(
                    model, context, false, prompt, answer, false, (text, reason) -> ended(said, text, reason));
            return active;
        } finally {
            lock.unlock();
        }
    }

    private void ended(List<Message> said, String answer, FinishReason reason) {
        lock.lock();
        try {
            if (!answer.isEmpty() || reason != FinishReason.CANCELLED) {
                turns.addAll(said);
                turns.add(options.prompt().tools().isEmpty() ? Message.assistant(answer) : calling(answer));
            }
        } finally {
            lock.unlock();
        }
    }

    /** An answer with its calls apart, as the template is to write them; their ids are unique in the conversation. */
    private Message calling(String answer) {
        Reply reply = ReplyParser.parse(answer);
        if (reply.toolCalls().isEmpty()) {
            return Message.assistant(answer);
        }
        int earlier = turns.stream()
                .mapToInt(turn -> turn instanceof Message.Assistant assistant
                        ? assistant.toolCalls().size()
                        : 0)
                .sum();
        List<ToolCall> calls = new ArrayList<>();
        for (ToolCall call : reply.toolCalls()) {
            calls.add(new ToolCall("call_" + (earlier + calls.size()), call.name(), call.arguments()));
        }
        return Message.assistant(reply.reasoning().isEmpty() ? reply.text() : withReasoning(reply), calls);
    }

    /** Templates find reasoning within an answer by its marks. */
    private static String withReasoning(Reply reply) {
        return "<think>\n" + reply.reasoning() + "\n</think>\n\n" + reply.text();
    }

    /**
     * The prompt, without the oldest turns if it must be. Once it takes more than three quarters of the context, turns are
     * left out until it takes half: since leaving out changes the beginning, what follows is computed again, and so this
     * happens once in many turns.
     */
    private int[] prompt(List<Message> said) {
        int[] prompt = tokens(said);
        if (options.overflow() == OverflowPolicy.DROP_OLDEST_TURNS && prompt.length > model.contextLength() / 4 * 3) {
            int[] beginnings = beginnings(said);
            int fewest = 0;
            int most = beginnings.length - 1;
            // A bisection: each try renders the conversation.
            while (fewest < most) {
                int middle = (fewest + most) / 2;
                dropped = beginnings[middle];
                prompt = tokens(said);
                if (prompt.length > model.contextLength() / 2) {
                    fewest = middle + 1;
                } else {
                    most = middle;
                }
            }
            dropped = beginnings[fewest];
            prompt = tokens(said);
        }
        return prompt;
    }

    /** Where the prompt may begin: with what a user says, since calls of tools and their results belong to the question before. */
    private int[] beginnings(List<Message> said) {
        IntStream questions = IntStream.range(dropped, turns.size()).filter(i -> turns.get(i) instanceof Message.User);
        IntStream last = said.getFirst() instanceof Message.User ? IntStream.of(turns.size()) : IntStream.empty();
        int[] beginnings = IntStream.concat(questions, last).toArray();
        return beginnings.length == 0 ? new int[] {dropped} : beginnings;
    }

    /** The conversation in the tokens that were computed and generated, as far as they spell it. */
    private int[] tokens(List<Message> said) {
        // so many that those that known ones stand in for leave more than the context has room for
        int wanted = model.contextLength() + KnownTokens.units(model.tokenizer(), known);
        return KnownTokens.replace(model.tokenizer(), format.tokens(messages(said), options.prompt(), wanted), known);
    }

    private List<Message> messages(List<Message> said) {
        List<Message> messages = new ArrayList<>();
        if (options.system() != null) {
            messages.add(Message.system(options.system()));
        }
        messages.addAll(turns.subList(dropped, turns.size()));
        messages.addAll(said);
        return messages;
    }

    @Override
    public List<Message> history() {
        lock.lock();
        try {
            List<Message> history = new ArrayList<>();
            if (options.system() != null) {
                history.add(Message.system(options.system()));
            }
            history.addAll(turns);
            return List.copyOf(history);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void save(Path file) throws IOException {
        lock.lock();
        try {
            requireIdle();
            if (active != null) {
                known = active.tokens();
            }
            int computed = context.storable(known);
            var saved = new SavedConversation(
                    model.fingerprint(),
                    options.system(),
                    List.copyOf(turns),
                    dropped,
                    known,
                    computed,
                    computed == 0 ? 0 : context.pageBytes());
            ConversationFile.write(file, saved, out -> context.store(computed, out));
        } finally {
            lock.unlock();
        }
    }

    /** The conversation of a file, which goes on by these options. */
    static Conversation restore(LoadedModel model, ChatFormat format, ChatOptions options, Path path) {
        if (!options.history().isEmpty() || options.system() != null) {
            throw new IllegalArgumentException("a saved conversation has a history and a system message of its own");
        }
        try (var file = ConversationFile.open(path)) {
            SavedConversation saved = file.saved();
            if (!saved.model().equals(model.fingerprint())) {
                throw file.refused(
                        "model",
                        "it was saved of a model with the fingerprint " + saved.model() + ", and this one has "
                                + model.fingerprint());
            }
            for (int token : saved.tokens()) {
                if (token < 0 || token >= model.vocabulary()) {
                    throw file.refused("tokens", token + " is not in a vocabulary of " + model.vocabulary());
                }
            }
            var context = new Context(model);
            if (saved.computed() > 0
                    && saved.computed() <= model.contextLength()
                    && saved.pageBytes() == context.pageBytes()) {
                context.restore(saved.tokens(), saved.computed(), file::page);
            }
            return new Conversation(
                    model,
                    format,
                    options.withSystem(saved.system()),
                    context,
                    saved.turns(),
                    saved.dropped(),
                    saved.tokens());
        }
    }

    @Override
    public ChatSession fork() {
        lock.lock();
        try {
            requireIdle();
            return new Conversation(
                    model, format, options, context.fork(), turns, dropped, active == null ? known : active.tokens());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void reset() {
        lock.lock();
        try {
            requireIdle();
            turns.clear();
            dropped = 0;
        } finally {
            lock.unlock();
        }
    }

    private void requireIdle() {
        if (closed) {
            throw new IllegalStateException("the session is closed");
        }
        if (active != null && !active.hasEnded()) {
            throw new IllegalStateException("the answer before has not ended: finish or close its generation first");
        }
        if (model.isClosed()) {
            throw new IllegalStateException("the model is closed");
        }
    }

    @Override
    public void close() {
        @Nullable TokenGeneration last;
        lock.lock();
        try {
            closed = true;
            last = active;
        } finally {
            lock.unlock();
        }
        // outside of the lock, which the end of a generation takes
        if (last != null) {
            last.close();
        }
        context.close();
    }
}
