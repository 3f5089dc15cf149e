package bitnet.engine;

import bitnet.CapacityException;
import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Timings;
import bitnet.Token;
import bitnet.Usage;
import bitnet.constraint.Follower;
import bitnet.sampling.LogProbabilities;
import bitnet.sampling.Sampler;
import bitnet.spi.Logits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A generation over a {@link Context}. */
final class TokenGeneration implements Generation {
    /** Told once when a generation has ended, unless it failed. */
    interface Ending {
        /** The text and the reason. */
        void ended(String text, FinishReason reason);
    }

    private final LoadedModel model;
    private final Context context;
    private final boolean ownsContext;
    private final GenerationOptions options;
    private final long seed;
    private final Sampler sampler;
    private final @Nullable LogProbabilities logprobs;
    private final TokenText tokenText;
    private final Ending ending;
    private final int promptLength;
    private final Deadline deadline;
    private final Request request;
    // held while computing, so that close() waits; never contended otherwise
    private final ReentrantLock computing = new ReentrantLock();
    private final StringBuilder text = new StringBuilder();
    private @Nullable GenerationEvent event;
    private final @Nullable Follower follower;
    private final @Nullable Speculation speculation;
    /** The logits after the last token, and after each guess. */
    private final List<Logits> rows = new ArrayList<>();
    /** Those of them that the last token was chosen by. */
    private Logits chosenBy;

    private int guesses;
    /** How many of the guesses were right so far; their tokens are computed already. */
    private int right;

    private int drafted;
    private int accepted;
    private volatile boolean cancelled;
    private int[] tokens;
    private int length;
    /** How many of the tokens the context holds. */
    private int computed;

    private int[] forced = ForcedTokens.NONE;
    private int forcedTaken;
    private int cached;
    private long prefillNanos;
    private long firstNanos;
    private long decodeNanos;
    private @Nullable Token ready;
    private volatile @Nullable FinishReason reason;
    private @Nullable RuntimeException failure;
    private volatile boolean released;

    /**
     * @param model the model
     * @param context where to compute
     * @param ownsContext whether the context is to be closed at the end
     * @param prompt the prompt; at least one token, and no more than the context holds
     * @param options how to generate
     * @param continues whether the text goes on with the prompt's text, as for {@code Tokenizer.stream}
     * @param ending told at the end
     */
    TokenGeneration(
            LoadedModel model,
            Context context,
            boolean ownsContext,
            int[] prompt,
            GenerationOptions options,
            boolean continues,
            Ending ending) {
        this.model = model;
        this.context = context;
        this.ownsContext = ownsContext;
        this.options = options;
        this.ending = ending;
        seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
        sampler = new Sampler(options, model.vocabulary(), prompt.length, seed);
        follower = options.constraint() == null ? null : model.follow(options.constraint());
        boolean speculates =
                options.speculation() && !model.placement().compiled().isRecurrent();
        speculation = speculates ? new Speculation(new PromptLookup()) : null;
        chosenBy = sampler.target();
        rows.add(chosenBy);
        logprobs = options.logprobs() == 0 ? null : new LogProbabilities(options.logprobs(), model.vocabulary());
        tokenText = new TokenText(
                model.tokenizer().stream(continues, false),
                model.tokenizer().spec().tokens().size(),
                options.stop());
        promptLength = prompt.length;
        tokens = Arrays.copyOf(prompt, prompt.length + 64); // room for guesses as well
        length = prompt.length;
        deadline = new Deadline(options.deadline());
        request = model.begin(() -> cancelled || deadline.hasPassed(), deadline, this::interrupted);
    }

    @Override
    public boolean hasNext() {
        computing.lock();
        try {
            if (ready == null && reason == null && failure == null) {
                advance();
            }
            if (failure != null) {
                throw failure;
            }
            return ready != null;
        } finally {
            computing.unlock();
        }
    }

    @Override
    public Token next() {
        computing.lock();
        try {
            if (!hasNext()) {
                throw new NoSuchElementException("the generation has ended: " + reason);
            }
            Token token = Objects.requireNonNull(ready);
            ready = null;
            text.append(token.text());
            if (reason != null) {
                release(reason);
            }
            return token;
        } finally {
            computing.unlock();
        }
    }

    /** Computes the next token, or finds that there is none. */
    private void advance() {
        try {
            if (Thread.currentThread().isInterrupted()) {
                interrupted();
            }
            request.cancellation().check();
            if (length == promptLength) {
                prefill();
            } else if (forcedTaken < forced.length) {
                take(forced[forcedTaken++]);
            } else if (right > 0) {
                choose();
            } else {
                decode();
            }
        } catch (CancellationException _) {
            if (cancelled || deadline.hasPassed()) {
                FinishReason why = cancelled ? FinishReason.CANCELLED : FinishReason.DEADLINE;
                reason = why;
                release(why);
            } else {
                fail(new IllegalStateException("the model was closed while it generated"));
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void prefill() {
        long start = System.nanoTime();
        event = FlightRecords.begin(GenerationEvent::new);
        @Nullable PrefillEvent prefill = FlightRecords.begin(PrefillEvent::new);
        cached = context.keepPrefix(tokens, promptLength);
        model.countPrompt(promptLength, cached);
        context.append(tokens, cached, promptLength, this::targetOf, request);
        context.share();
        if (prefill != null) {
            prefill.done(promptLength - cached, cached);
        }
        computed = promptLength;
        prefillNanos = System.nanoTime() - start;
        choose();
        firstNanos = System.nanoTime() - start;
    }

    private void decode() {
        long start = System.nanoTime();
        @Nullable DecodeEvent decode = FlightRecords.begin(DecodeEvent::new);
        guesses = speculation == null ? 0 : guess(speculation);
        try {
            context.append(tokens, computed, length + guesses, this::targetOf, request);
        } catch (CapacityException e) {
            if (guesses == 0) {
                throw e;
            }
            // room for what is due is all that an answer needs
            guesses = 0;
            context.append(tokens, computed, length, this::targetOf, request);
        }
        drafted += guesses;
        computed = length;
        choose();
        if (decode != null) {
            decode.done(length);
        }
        decodeNanos += System.nanoTime() - start;
    }

    /** Puts guesses behind the text. */
    private int guess(Speculation by) {
        int answered = length - promptLength;
        int most = Math.min(options.maxTokens() - answered - 1, model.contextLength() - length);
        if (tokens.length < length + Speculation.MOST) {
            tokens = Arrays.copyOf(tokens, 2 * tokens.length);
        }
        return by.propose(tokens, length, most, model::longer);
    }

    /** Chooses a token from the logits, and finds those that have to follow it. */
    private void choose() {
        chosenBy = rows.get(right);
        int id = sampler.choose(chosenBy, tokens, length, follower == null ? null : follower.allowed());
        if (speculation != null) {
            speculation.chosen(id);
        }
        if (right < guesses && id == tokens[length]) {
            right++;
            accepted++;
            computed = length + 1;
        } else if (guesses > 0) {
            forgetGuesses(length);
        }
        take(id);
        if (follower != null && reason == null && logprobs == null) {
            forced = ForcedTokens.of(follower, model.tokenizer());
            forcedTaken = 0;
            if (forced.length > 0 && guesses > 0) {
                forgetGuesses(length);
            }
        }
    }

    /** What was computed of guesses behind the first tokens is as good as never computed. */
    private void forgetGuesses(int valid) {
        guesses = 0;
        right = 0;
        context.truncate(valid);
    }

    /** Appends a token and makes it ready, with what ends the generation if it does. */
    private void take(int id) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, tokens.length * 2);
        }
        tokens[length++] = id;
        model.countToken();
        boolean ends = !options.ignoreEndOfGeneration()
                && model.tokenizer().spec().endOfGeneration().contains(id);
        String piece = ends ? "" : tokenText.next(id);
        if (ends) {
            reason = FinishReason.STOP;
        } else if (tokenText.stopped()) {
            reason = FinishReason.STOP_STRING;
        } else if (length - promptLength == options.maxTokens()) {
            reason = FinishReason.LENGTH;
        } else if (length > model.contextLength()) {
            reason = FinishReason.CONTEXT_FULL;
        }
        if (follower != null) {
            follower.accept(id);
            if (reason == null && follower.mustEnd()) {
                reason = FinishReason.STOP;
            } else if (reason == null && follower.isStuck()) {
                reason = FinishReason.CONSTRAINT;
            }
        }
        ready = token(id, reason == null ? piece : piece + tokenText.finish());
    }

    private Token token(int id, String piece) {
        if (logprobs == null) {
            return new Token(id, piece);
        }
        logprobs.take(chosenBy.values());
        List<Token.Candidate> top = new ArrayList<>(logprobs.count());
        for (int rank = 0; rank < logprobs.count(); rank++) {
            int candidate = logprobs.best(rank);
            top.add(new Token.Candidate(candidate, model.spelling(candidate), logprobs.of(candidate)));
        }
        return new Token(id, piece, logprobs.of(id), top);
    }

    /** Only the logits after the last token and after guesses are wanted. */
    private @Nullable Logits targetOf(int index) {
        int row = index - (length - 1);
        if (row < 0) {
            return null;
        }
        if (row == rows.size()) {
            rows.add(sampler.newTarget());
        }
        return rows.get(row);
    }

    private void fail(RuntimeException e) {
        failure = e;
        free();
    }

    /** After the last token was handed out: frees the context and tells. */
    private void release(FinishReason why) {
        if (!released) {
            free();
            ending.ended(text.toString(), why);
            if (event != null) {
                event.done(promptLength, length - promptLength, why);
            }
        }
    }

    private void free() {
        released = true;
        if (guesses > 0) {
            forgetGuesses(length - 1);
        }
        context.share();
        model.end(request);
        if (ownsContext) {
            context.close();
        }
    }

    /** Prompt and answer so far; for when it {@link #hasEnded}. */
    int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }

    /** Whether nothing more will come, and whoever follows may use the context. */
    boolean hasEnded() {
        return released;
    }

    private void interrupted() {
        cancelled |= options.cancelOnInterrupt();
    }

    @Override
    public void cancel() {
        cancelled = true;
        model.dropCancelled();
    }

    @Override
    public boolean isCancelled() {
        return reason == FinishReason.CANCELLED || (reason == null && cancelled);
    }

    @Override
    public Completion finish() {
        computing.lock();
        try {
            while (hasNext()) {
                next();
            }
            FinishReason why = Objects.requireNonNull(reason);
            int completed = length - promptLength;
            var timings = new Timings(
                    Duration.ofNanos(prefillNanos),
                    completed == 0 ? 0 : promptLength - cached,
                    Duration.ofNanos(firstNanos),
                    Duration.ofNanos(decodeNanos),
                    Math.max(0, completed - 1),
                    drafted,
                    accepted);
            return new Completion(text.toString(), why, new Usage(promptLength, cached, completed), timings, seed);
        } finally {
            computing.unlock();
        }
    }

    @Override
    public String text() {
        computing.lock();
        try {
            return text.toString();
        } finally {
            computing.unlock();
        }
    }

    @Override
    public void close() {
        cancel();
        computing.lock();
        try {
            if (!released) {
                // a token that hasNext() has promised stays
                reason = FinishReason.CANCELLED;
                release(FinishReason.CANCELLED);
            }
        } finally {
            computing.unlock();
        }
    }
}
