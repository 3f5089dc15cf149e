package bitnet.engine;

import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A sequence and the tokens that it holds. Thread-safe: {@link #close()} waits for a computation under way, and what is
 * asked of a closed context is an {@link IllegalStateException}.
 */
final class Context implements AutoCloseable {
    private final LoadedModel model;
    private final Batch batch = new Batch();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Sequence sequence;
    private int[] tokens = new int[64];
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
            if (sequence != null) {
                try {
                    copy.sequence = model.fork(sequence);
                    copy.tokens = tokens.clone();
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
     * @return how many tokens were kept
     */
    int keepPrefix(int[] prompt) {
        lock.lock();
        try {
            Sequence open = open();
            int shared = Arrays.mismatch(tokens, 0, open.length(), prompt, 0, prompt.length - 1);
            int kept = shared < 0 ? open.length() : shared;
            if (kept < open.length()) {
                open.truncate(kept);
            }
            return kept;
        } finally {
            lock.unlock();
        }
    }

    /** Appends tokens {@code from..to} of an array in chunks and asks for the logits after the last. */
    void append(int[] source, int from, int to, Logits target, Cancellation cancellation) {
        for (int begin = from; begin < to; begin += model.prefillChunk()) {
            int end = Math.min(to, begin + model.prefillChunk());
            lock.lock();
            try {
                Sequence open = open();
                cancellation.check();
                batch.clear();
                for (int i = begin; i < end; i++) {
                    add(open, source[i], i == to - 1 ? target : null);
                }
                model.forward(batch, cancellation);
            } finally {
                lock.unlock();
            }
        }
    }

    /** Appends tokens and asks for the logits after each of them. */
    void append(int[] source, int from, int to, Logits[] targets, Cancellation cancellation) {
        lock.lock();
        try {
            Sequence open = open();
            batch.clear();
            for (int i = from; i < to; i++) {
                add(open, source[i], targets[i - from]);
            }
            model.forward(batch, cancellation);
        } finally {
            lock.unlock();
        }
    }

    private void add(Sequence open, int token, @Nullable Logits target) {
        int position = open.length() + batch.size();
        if (position >= tokens.length) {
            tokens = Arrays.copyOf(tokens, tokens.length * 2);
        }
        tokens[position] = token;
        batch.add(open, position, token, target);
    }

    private Sequence open() {
        if (closed) {
            throw new IllegalStateException("it is closed");
        }
        if (sequence == null) {
            sequence = model.newSequence();
        }
        return sequence;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (sequence != null) {
                sequence.close();
                sequence = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
