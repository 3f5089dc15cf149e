package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.spi.Batch;
import bitnet.spi.KvMemory;
import bitnet.spi.KvPage;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.Supplier;
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
     * Keeps the longest beginning that the prompt shares with what is held, or with any text that was computed before, and
     * forgets the rest. The prompt's last token is never among it, because its logits are wanted.
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
            takeLonger(prompt, length - 1);
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what another text computed of this one's beginning, where that is more than there is. */
    private void takeLonger(int[] prompt, int length) {
        Placement current = model.placement();
        boolean here = sequence != null && placement == current;
        PrefixCache.Prefix known = current.prefixes().find(prompt, length);
        try {
            if (known.length() > (here ? held : 0)) {
                closeSequence();
                sequence = model.newSequence(current, known);
                placement = current;
                held = known.length();
                tokens = Arrays.copyOf(prompt, Math.max(held, tokens.length));
            }
        } finally {
            known.release();
        }
    }

    /** Forgets the tokens behind the first ones. */
    void truncate(int length) {
        lock.lock();
        try {
            held = Math.min(held, length);
            if (sequence != null && sequence.length() > held) {
                sequence.truncate(held);
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many of the first of these tokens are computed, in pages that can be stored. */
    int storable(int[] text) {
        lock.lock();
        try {
            Sequence computed = sequence;
            if (computed == null || placement == null || placement.hasFailed() || pageBytes() == 0) {
                return 0;
            }
            int length = Math.min(held, computed.length());
            int differs = Arrays.mismatch(tokens, 0, length, text, 0, text.length);
            return differs < 0 ? Math.min(length, text.length) : differs;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of a stored page; 0 where pages cannot be stored. */
    long pageBytes() {
        return model.placement().compiled().storedPageBytes();
    }

    /** Stores the pages of the first tokens, all of which are {@link #storable}. */
    void store(int length, ConversationFile.Pages out) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(pageBytes())];
        for (int i = 0; i < Math.ceilDiv(length, KvMemory.PAGE); i++) {
            lock.lock();
            try {
                Sequence computed = sequence;
                if (closed || computed == null || placement == null || computed.length() < length) {
                    throw new IllegalStateException("the session was closed while it was saved");
                }
                KvPage page = computed.page(i);
                try {
                    placement.writePage(page, MemorySegment.ofArray(bytes));
                } finally {
                    page.release();
                }
            } finally {
                lock.unlock();
            }
            out.each(MemorySegment.ofArray(bytes));
        }
    }

    /** Begins this empty context with the first tokens of a text, whose pages come from there. */
    void restore(int[] text, int length, Supplier<MemorySegment> stored) {
        lock.lock();
        try {
            Placement current = model.placement();
            List<KvPage> pages = new ArrayList<>();
            try {
                for (int i = 0; i < Math.ceilDiv(length, KvMemory.PAGE); i++) {
                    pages.add(current.readPage(stored.get()));
                }
                sequence = model.newSequence(current, new PrefixCache.Prefix(pages, length));
            } finally {
                pages.forEach(KvPage::release);
            }
            placement = current;
            tokens = Arrays.copyOf(text, Math.max(length, tokens.length));
            held = length;
        } finally {
            lock.unlock();
        }
    }

    /** Leaves what was computed to other texts that begin like this one. */
    void share() {
        lock.lock();
        try {
            Sequence computed = sequence;
            if (computed != null && placement != null && !placement.hasFailed()) {
                placement.prefixes().add(tokens, Math.min(held, computed.length()), computed::page);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Appends tokens.
     *
     * @param source has the tokens
     * @param from index of the first
     * @param to index after the last
     * @param targets where the logits after a token of an index go, or null
     * @param request for whom
     */
    void append(int[] source, int from, int to, IntFunction<@Nullable Logits> targets, Request request) {
        lock.lock();
        try {
            while (!tryAppend(source, from, to, targets, request)) {
                // the model is on another backend now
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean tryAppend(int[] source, int from, int to, IntFunction<@Nullable Logits> targets, Request request) {
        Placement current = model.placement();
        try {
            Sequence ready = ready(current, request);
            compute(current, ready, held, source, from, to, targets, request);
            held += to - from;
            return true;
        } catch (BackendFailureException e) {
            if (!model.moveOn(current, e)) {
                throw e;
            }
            return false;
        }
    }

    /** The sequence, on this placement, with exactly the tokens that are held. */
    private Sequence ready(Placement current, Request request) {
        if (closed) {
            throw new IllegalStateException("the context is closed");
        }
        Sequence ready = sequence;
        if (ready == null || placement != current) {
            closeSequence();
            ready = model.newSequence(current, PrefixCache.Prefix.NONE);
            sequence = ready;
            placement = current;
        }
        if (ready.length() > held) {
            ready.truncate(held);
        }
        if (ready.length() < held) {
            compute(current, ready, ready.length(), tokens, ready.length(), held, _ -> null, request);
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
            Request request) {
        request.cancellation().check();
        if (position + to - from > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(position + to - from, tokens.length * 2));
        }
        batch.clear();
        for (int i = from; i < to; i++) {
            tokens[position + i - from] = source[i];
            batch.add(ready, position + i - from, source[i], targets.apply(i));
        }
        model.forward(request, current, batch);
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
