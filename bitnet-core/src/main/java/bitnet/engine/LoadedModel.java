package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.ContextOverflowException;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.LogitsConsumer;
import bitnet.Message;
import bitnet.Model;
import bitnet.ModelInfo;
import bitnet.ModelStats;
import bitnet.PromptOptions;
import bitnet.Reply;
import bitnet.ReplyReader;
import bitnet.Scheduling;
import bitnet.constraint.ConstraintCompiler;
import bitnet.constraint.Follower;
import bitnet.constraint.TokenConstraint;
import bitnet.model.ModelFile;
import bitnet.model.ModelFingerprint;
import bitnet.sampling.Sampler;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A model on a backend: the entry points, and the life cycle that everything made from them shares. */
final class LoadedModel implements Model {
    /** Finds another place for a model. */
    interface Mover {
        /**
         * The model on the next backend, or null if there is none or none is wanted. Frees the failed one.
         *
         * @throws CancellationException if the cancellation said so
         */
        @Nullable
        Placement after(Placement failed, BackendFailureException failure, Cancellation cancellation);
    }

    // rows of logits held at once while evaluating: 16 MiB for the largest vocabularies
    private static final int EVALUATED_ROWS = 32;

    // tokens in which a prompt's last mark is spelled, with the blanks behind it
    private static final int LONGEST_MARK = 16;

    private final ModelFile file;
    private final Tokenizer tokenizer;
    private final Supplier<ChatFormat> chatFormat;
    private final ConstraintCompiler constraints;
    private final GenerationOptions defaultOptions;
    /** The first placement's: a later one cuts what is too long for it. */
    private final int prefillChunk;

    private final PlatformThread platformThread;
    private final Scheduler scheduler;
    private final Mover mover;
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder cachedTokens = new LongAdder();
    private final LongAdder completionTokens = new LongAdder();

    private final ReentrantLock lock = new ReentrantLock();
    private final ReentrantLock moving = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private boolean nowhereLeft;
    private int running;
    private volatile boolean closed;
    private boolean freed;
    private volatile Placement placement;
    private volatile @Nullable String fingerprint;

    /**
     * @param file the open file, owned from now on
     * @param placement the model on its backend, owned from now on
     * @param tokenizer the tokenizer
     * @param chatFormat the chat format, or what throws if there is none
     * @param defaultOptions the recommended sampling
     * @param platformThread computes for virtual threads; owned from now on
     * @param scheduling how generations share the model
     * @param mover asked for another placement when one has failed
     */
    LoadedModel(
            ModelFile file,
            Placement placement,
            Tokenizer tokenizer,
            Supplier<ChatFormat> chatFormat,
            GenerationOptions defaultOptions,
            PlatformThread platformThread,
            Scheduling scheduling,
            Mover mover) {
        this.file = file;
        this.placement = placement;
        this.tokenizer = tokenizer;
        this.chatFormat = chatFormat;
        this.constraints = new ConstraintCompiler(tokenizer);
        this.defaultOptions = defaultOptions;
        this.prefillChunk = placement.prefillChunk();
        this.platformThread = platformThread;
        this.scheduler = new Scheduler(platformThread, prefillChunk, scheduling);
        this.mover = mover;
    }

    @Override
    public ModelInfo info() {
        return placement.info();
    }

    @Override
    public ModelStats stats() {
        Placement now = placement;
        return scheduler.stats(
                promptTokens.sum(),
                cachedTokens.sum(),
                completionTokens.sum(),
                now.compiled().kvBytes(),
                now.prefixes().bytes());
    }

    /** Counts the prompt of a generation, and how much of it was not computed. */
    void countPrompt(int tokens, int cached) {
        promptTokens.add(tokens);
        cachedTokens.add(cached);
    }

    /** Counts a token that was generated. */
    void countToken() {
        completionTokens.increment();
    }

    @Override
    public GenerationOptions defaultOptions() {
        requireOpen();
        return defaultOptions;
    }

    @Override
    public ChatSession chat(ChatOptions options) {
        requireOpen();
        return new Conversation(this, chatFormat.get(), options);
    }

    @Override
    public ChatSession restore(Path file, ChatOptions options) {
        requireOpen();
        return Conversation.restore(this, chatFormat.get(), options, file);
    }

    /** {@link ModelFingerprint}; reads the whole model the first time. */
    String fingerprint() {
        String known = fingerprint;
        if (known == null) {
            enter();
            try {
                known = ModelFingerprint.of(file.transformer());
            } finally {
                exit();
            }
            fingerprint = known;
        }
        return known;
    }

    @Override
    public Generation generate(List<Message> messages, PromptOptions prompt, GenerationOptions options) {
        return start(tokens(messages, prompt, contextLength()), options, false);
    }

    @Override
    public Generation complete(String prompt, GenerationOptions options) {
        requireOpen();
        int[] tokens = tokenizer.encode(PromptText.user(prompt), _ -> false, contextLength());
        return complete(tokenizer.spec().withEnds(tokens), options);
    }

    @Override
    public Generation complete(int[] prompt, GenerationOptions options) {
        requireOpen();
        requireTokens(prompt);
        return start(prompt.clone(), options, true);
    }

    private Generation start(int[] prompt, GenerationOptions options, boolean continues) {
        requireOpen();
        requireFits(prompt);
        return new TokenGeneration(this, new Context(this), true, prompt, options, continues, (_, _) -> {});
    }

    @Override
    public int[] tokens(String text) {
        requireOpen();
        return tokenizer.encode(text);
    }

    @Override
    public int[] tokens(List<Message> messages, PromptOptions prompt) {
        return tokens(messages, prompt, Integer.MAX_VALUE);
    }

    /** The prompt, or the beginning of one of more tokens than are wanted. */
    private int[] tokens(List<Message> messages, PromptOptions prompt, int wanted) {
        requireOpen();
        if (messages.isEmpty() || messages.getLast() instanceof Message.System) {
            throw new IllegalArgumentException(
                    "there is nothing to answer: the last message is not by user, tool or assistant");
        }
        return chatFormat.get().tokens(messages, prompt, wanted);
    }

    @Override
    public Reply reply(String answer) {
        return ReplyParser.parse(answer);
    }

    @Override
    public ReplyReader replyReader(List<Message> messages, PromptOptions prompt, GenerationOptions options) {
        TokenConstraint constraint = options.constraint();
        if (constraint != null
                && (constraint.isJsonSchema() || !constraint.tools().isEmpty())) {
            return new ConstrainedReply(constraint.tools());
        }
        int[] tokens = tokens(messages, prompt);
        int[] end = Arrays.copyOfRange(tokens, Math.max(0, tokens.length - LONGEST_MARK), tokens.length);
        boolean reasons = tokenizer.decode(end, true).stripTrailing().endsWith(ReplyParser.THINK);
        return new ReplyParser(reasons, !prompt.tools().isEmpty());
    }

    @Override
    public String text(int[] tokens) {
        requireOpen();
        return tokenizer.decode(tokens, false);
    }

    @Override
    public void evaluate(int[] tokens, LogitsConsumer consumer) {
        requireOpen();
        requireTokens(tokens);
        requireFits(tokens);
        int[] text = tokens.clone();
        Logits[] rows = new Logits[Math.min(text.length, Math.min(EVALUATED_ROWS, prefillChunk))];
        Arrays.setAll(rows, _ -> Logits.all(vocabulary()));
        Request request = begin(Cancellation.NEVER, new Deadline(null), () -> {});
        try (var context = new Context(this)) {
            for (int from = 0; from < text.length; from += rows.length) {
                int to = Math.min(text.length, from + rows.length);
                int first = from;
                context.append(text, from, to, i -> rows[i - first], request);
                for (int i = from; i < to; i++) {
                    Sampler.requireNumbers(rows[i - from].values(), i + 1);
                    consumer.row(i, rows[i - from].values());
                }
            }
        } catch (CancellationException e) {
            throw closed ? new IllegalStateException("the model was closed while it computed", e) : e;
        } finally {
            end(request);
        }
    }

    @Override
    public String residency() {
        enter();
        try {
            return placement.residency();
        } finally {
            exit();
        }
    }

    void requireTokens(int[] tokens) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException("there are no tokens");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabulary()) {
                throw new IllegalArgumentException(
                        "token " + tokens[i] + " at " + i + " is not in a vocabulary of " + vocabulary());
            }
        }
    }

    /** Refuses a prompt longer than the context. */
    void requireFits(int[] prompt) {
        if (prompt.length > contextLength()) {
            throw new ContextOverflowException(prompt.length, contextLength());
        }
    }

    int vocabulary() {
        return info().vocabulary();
    }

    int contextLength() {
        return info().contextLength();
    }

    int prefillChunk() {
        return prefillChunk;
    }

    /** How far an answer has come in a constraint: at its beginning. */
    Follower follow(TokenConstraint constraint) {
        return constraints.compile(constraint).follow();
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    /** A token on its own; empty for one that the vocabulary does not spell. */
    String spelling(int token) {
        return token < tokenizer.spec().tokens().size() ? tokenizer.decode(new int[] {token}, true) : "";
    }

    /** Where the model is now. */
    Placement placement() {
        return placement;
    }

    Sequence newSequence(Placement on, PrefixCache.Prefix prefix) {
        enter();
        try {
            return on.newSequence(prefix);
        } finally {
            exit();
        }
    }

    Sequence fork(Placement on, Sequence sequence) {
        enter();
        try {
            return on.fork(sequence);
        } finally {
            exit();
        }
    }

    /** A text to compute, which is to be {@link #end}ed; as {@link Request}, but its cancellation need not look after this model. */
    Request begin(Cancellation cancellation, Deadline deadline, Runnable interrupted) {
        return scheduler.begin(() -> closed || cancellation.isCancelled(), deadline, interrupted);
    }

    /** How many times as long a step takes with so many rows more. */
    double longer(int more) {
        return scheduler.longer(more);
    }

    /** Nothing more is computed of it. */
    void end(Request request) {
        scheduler.end(request);
    }

    /** Lets go at once whoever waits and is cancelled. */
    void dropCancelled() {
        scheduler.dropCancelled();
    }

    void forward(Request request, Placement on, Batch batch) {
        enter();
        try {
            scheduler.forward(request, on, batch);
        } finally {
            exit();
        }
    }

    /** After a placement has failed: whether the model is on another one now, so that it is worth to try again. */
    boolean moveOn(Placement failed, BackendFailureException failure) {
        if (!failed.hasFailed()) {
            return false;
        }
        enter();
        moving.lock();
        try {
            if (placement == failed) {
                if (nowhereLeft) {
                    return false;
                }
                @Nullable Placement[] next = new @Nullable Placement[1];
                platformThread.run(() -> next[0] = mover.after(failed, failure, this::isClosed));
                if (next[0] == null) {
                    nowhereLeft = true;
                    return false;
                }
                placement = next[0];
            }
            return true;
        } finally {
            moving.unlock();
            exit();
        }
    }

    /** Whether the model is closed or about to be: computations under way stop at the next chance. */
    boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    private void enter() {
        lock.lock();
        try {
            requireOpen();
            running++;
        } finally {
            lock.unlock();
        }
    }

    private void exit() {
        lock.lock();
        try {
            running--;
            idle.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            scheduler.dropCancelled();
            while (running > 0) {
                idle.awaitUninterruptibly();
            }
            if (!freed) {
                freed = true;
                try (file;
                        platformThread) {
                    placement.compiled().close();
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
