package bitnet;

import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * An answer that is generated token by token, as the caller asks for tokens. Nothing is computed before the first {@link #hasNext()}; the
 * prompt is computed then. Computing happens on the thread that asks (a virtual thread waits for a platform thread of the
 * model's, so that it does not pin its carrier).
 *
 * <p>One thread at a time may use a generation, except for {@link #cancel()}, {@link #isCancelled()} and {@link #close()},
 * which any thread may call at any time. What it holds is freed when it ends, by itself or by {@link #close()}.
 */
public interface Generation extends Iterator<Token>, AutoCloseable {
    /**
     * Whether there is another token; computes it.
     *
     * @throws BackendFailureException if the device failed; every further call throws it again
     * @throws BusyException if it is the first token and as many generations run and wait as {@link Scheduling} allows; every
     *     further call throws it again
     * @throws CapacityException if there is no memory for the token; every further call throws it again
     * @throws IllegalStateException if the model was closed meanwhile
     */
    @Override
    boolean hasNext();

    /**
     * The next token. The token that ends an answer is returned as well; its text is only what had been held back.
     *
     * @throws java.util.NoSuchElementException if there is none
     */
    @Override
    Token next();

    /**
     * Ends this generation with {@link FinishReason#CANCELLED}: at once if it waits, else after the step under way. Returns at
     * once. Has no effect once it has ended.
     */
    void cancel();

    /** Whether {@link #cancel()} or {@link #close()} was called before the generation ended. */
    boolean isCancelled();

    /** Generates the rest and returns the whole answer. After {@link #cancel()} it returns what there was by then. */
    Completion finish();

    /** The text of the tokens given out so far. */
    String text();

    /** Cancels, waits for a computation under way, and frees what the generation holds. Idempotent. */
    @Override
    void close();

    /** The remaining tokens as a stream, which closes this generation when it is closed. */
    default Stream<Token> stream() {
        int characteristics = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, characteristics), false)
                .onClose(this::close);
    }

    /**
     * The remaining tokens as a publisher for one subscriber. Tokens are computed as they are requested, on the executor's threads,
     * one at a time; cancelling the subscription closes this generation.
     */
    default Flow.Publisher<Token> publisher(Executor executor) {
        return new TokenPublisher(this, executor);
    }
}
