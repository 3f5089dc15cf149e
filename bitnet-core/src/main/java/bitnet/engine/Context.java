package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a text and the sequence that holds what was computed of them. Should the model move to another backend, the
 * sequence is made again there from the tokens. Thread-safe: {@link #close()} waits for a computation under way.
 */
final class Context implements AutoCloseable {
    private final LoadedModel model;
    private final Batch batch = new Batch();
    private final ReentrantLock lock = new ReentrantLock();
    private int[] tokens = new int[64];
    private int held;
    private @Nullable Sequence sequence;
    private @Nullable Placement placement;
    private boolean closed;

    /** An empty context; it takes memory when it first computes. */
    Context(LoadedModel model) {
        this.model = model;
    }

    /** A second context with the same tokens. One that the backend cannot copy starts empty and is computed again. */
    Context fork() {
        lock.lock();
        try {
            var copy = new Context(model);
            if (sequence != null && placement != null) {
                try {
                    copy.sequence = model.fork(placement, sequence);
                    copy.placement = placement;
                    copy.tokens = tokens.clone();
                    copy.held = held;
                } catch (UnsupportedOperationException _) {
                    copy.sequence = null;
                }
            }
            return copy;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps the longest beginning that the prompt shares with what is held, and forgets the rest. The prompt's last token is
     * never among it, because its logits are wanted.
     *
     * @param prompt an array that begins with the prompt
     * @param length the prompt's length
     * @return how many tokens were kept
     */
    int keepPrefix(int[] prompt, int length) {
        lock.lock();
        try {
            int shared = Arrays.mismatch(tokens, 0, held, prompt, 0, length - 1);
            held = shared < 0 ? held : shared;
            return held;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Appends tokens in chunks.
     *
     * @param source has the tokens
     * @param from index of the first
     * @param to index after the last
     * @param targets where the logits after a token of an index go, or null
     * @param cancellation asked before every chunk
     */
    void append(int[] source, int from, int to, IntFunction<@Nullable Logits> targets, Cancellation cancellation) {
        for (int begin = from; begin < to; begin += model.prefillChunk()) {
            int end = Math.min(to, begin + model.prefillChunk());
            lock.lock();
            try {
                appendChunk(source, begin, end, targets, cancellation);
            } finally {
                lock.unlock();
            }
        }
    }

    private void appendChunk(
            int[] source, int from, int to, IntFunction<@Nullable Logits> targets, Cancellation cancellation) {
        while (true) {
            Placement current = model.placement();
            try {
                Sequence ready = ready(current, cancellation);
                compute(current, ready, held, source, from, to, targets, cancellation);
                held += to - from;
                return;
            } catch (BackendFailureException e) {
                if (!model.moveOn(current, e)) {
                    throw e;
                }
            }
        }
    }

    /** The sequence, on this placement, with exactly the tokens that are held. */
    private Sequence ready(Placement current, Cancellation cancellation) {
        if (closed) {
            throw new IllegalStateException("the context is closed");
        }
        Sequence ready = sequence;
        if (ready == null || placement != current) {
            closeSequence();
            ready = model.newSequence(current);
            sequence = ready;
            placement = current;
        }
        if (ready.length() > held) {
            ready.truncate(held);
        }
        for (int from = ready.length(); from < held; from += model.prefillChunk()) {
            int to = Math.min(held, from + model.prefillChunk());
            compute(current, ready, from, tokens, from, to, _ -> null, cancellation);
        }
        return ready;
    }

    /** Runs tokens {@code from..to} of an array at a position of the sequence and after it. */
    private void compute(
            Placement current,
            Sequence ready,
            int position,
            int[] source,
            int from,
            int to,
            IntFunction<@Nullable Logits> targets,
            Cancellation cancellation) {
        cancellation.check();
        if (position + to - from > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(position + to - from, tokens.length * 2));
        }
        batch.clear();
        for (int i = from; i < to; i++) {
            tokens[position + i - from] = source[i];
            batch.add(ready, position + i - from, source[i], targets.apply(i));
        }
        model.forward(current, batch, cancellation);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            closeSequence();
        } finally {
            lock.unlock();
        }
    }

    private void closeSequence() {
        if (sequence != null) {
            sequence.close();
            sequence = null;
        }
    }
}
