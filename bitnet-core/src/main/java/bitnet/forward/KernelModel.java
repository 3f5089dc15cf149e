package bitnet.forward;

import bitnet.BackendFailureException;
import bitnet.ContextOverflowException;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Kernels;
import bitnet.spi.KvPage;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link CompiledModel} that runs the {@link ForwardPass} over a backend's {@link Kernels}, or what a backend has in place
 * of both, and owns it.
 */
public final class KernelModel implements CompiledModel {
    /** Tokens of a sequence in one step that are taken for a prompt. */
    private static final int PROMPT = 16;

    private final ModelConfig config;
    private final int outputWidth;
    private final StepRunner runner;
    private final Step step;
    private final int capacity;
    private final PagePool pool;
    /** Whether there is more to a sequence than its pages. */
    private final boolean recurrent;

    private final Set<KernelSequence> open = new HashSet<>();
    // Fair: two generations that decode side by side take turns token by token.
    private final ReentrantLock lock = new ReentrantLock(true);
    private @Nullable BackendFailureException poison;
    private volatile boolean closed;

    /**
     * Gives the model to the kernels. If that fails the kernels are closed.
     *
     * @throws java.util.concurrent.CancellationException if the options' cancellation said so
     */
    public KernelModel(Transformer model, Kernels kernels, CompileOptions options) {
        this(
                model.config(),
                model.outputWidth(),
                new KernelSteps(model, kernels, options),
                options.contextLength(),
                options.maxRows());
    }

    /**
     * A model that computes by this.
     *
     * @param capacity tokens that a sequence may hold
     * @param maxRows tokens that a step has at most
     */
    public KernelModel(ModelConfig config, StepRunner runner, int capacity, int maxRows) {
        this(config, config.vocabulary(), runner, capacity, maxRows);
    }

    private KernelModel(ModelConfig config, int outputWidth, StepRunner runner, int capacity, int maxRows) {
        this.config = config;
        this.outputWidth = outputWidth;
        this.runner = runner;
        this.capacity = capacity;
        this.step = new Step(maxRows);
        this.recurrent = runner.keysAndValues().stateBytes() > 0;
        this.pool = new PagePool(runner.keysAndValues(), this::sweepSoon);
    }

    /** For a page that was let go: by now, or by whoever has the lock when it unlocks. */
    private void sweepSoon() {
        if (lock.tryLock()) {
            unlock();
        }
    }

    private void unlock() {
        do {
            if (!closed) {
                pool.sweep();
            }
            lock.unlock();
        } while (pool.hasReleased() && !closed && lock.tryLock());
    }

    @Override
    public Sequence newSequence() {
        return newSequence(List.of(), 0);
    }

    @Override
    public Sequence newSequence(List<? extends KvPage> pages, int length) {
        if (recurrent && length > 0) {
            throw new UnsupportedOperationException("sequences of a recurrent model share no pages");
        }
        return open(length, made -> made.share(pages, length));
    }

    KernelSequence fork(KernelSequence source) {
        return open(source.length(), made -> {
            requireOpen(source);
            made.share(source.pages(), source.length());
        });
    }

    private KernelSequence open(int length, Consumer<PageTable> fill) {
        lock.lock();
        try {
            requireUsable();
            PageTable pages = new PageTable(pool);
            try {
                fill.accept(pages);
            } catch (RuntimeException | Error e) {
                pages.close();
                throw e;
            }
            KernelSequence made = new KernelSequence(this, pages);
            made.length(length);
            open.add(made);
            return made;
        } finally {
            unlock();
        }
    }

    private void requireOpen(KernelSequence sequence) {
        if (!open.contains(sequence)) {
            throw new IllegalStateException("the sequence is closed");
        }
    }

    @Override
    public int pagePositions() {
        int positions = runner.keysAndValues().pagePositions();
        return recurrent || positions == Integer.MAX_VALUE ? 0 : positions;
    }

    @Override
    public void forward(Batch batch, Cancellation cancellation) {
        lock.lock();
        try {
            requireUsable();
            validate(batch);
            for (int from = 0; from < batch.size(); from += step.maxRows()) {
                cancellation.check();
                requireUsable(); // the callback may have closed this model
                runStep(batch, from, Math.min(batch.size(), from + step.maxRows()));
            }
        } finally {
            unlock();
        }
    }

    private void runStep(Batch batch, int from, int to) {
        step.clear();
        // From the last on: room for all tokens of a prompt is asked for at once.
        for (int i = to - 1; i >= from; i--) {
            KernelSequence sequence = (KernelSequence) batch.sequence(i);
            sequence.pages().reserve(sequence.length(), batch.position(i) + 1);
        }
        for (int i = from; i < to; i++) {
            KernelSequence sequence = (KernelSequence) batch.sequence(i);
            step.add(sequence.pages().cache(), batch.position(i), batch.token(i), batch.target(i));
        }
        try {
            runner.run(step);
        } catch (BackendFailureException e) {
            poison = e;
            throw e;
        }
        for (int i = from; i < to; i++) {
            ((KernelSequence) batch.sequence(i)).length(batch.position(i) + 1);
        }
        if (recurrent) {
            keepPrompts(batch, from, to);
        }
    }

    /** Keeps the states of sequences that many tokens were added to: the next text is likely to differ behind them. */
    @SuppressWarnings("ReferenceEquality") // one object is one sequence
    private static void keepPrompts(Batch batch, int from, int to) {
        int begin = from;
        for (int i = from; i < to; i++) {
            if (i + 1 == to || batch.sequence(i + 1) != batch.sequence(i)) {
                if (i + 1 - begin >= PROMPT) {
                    KernelSequence sequence = (KernelSequence) batch.sequence(i);
                    sequence.pages().keep(sequence.length());
                }
                begin = i + 1;
            }
        }
    }

    /** Checks everything before anything is computed, so that a refused batch leaves no trace. */
    private void validate(Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (!(batch.sequence(i) instanceof KernelSequence sequence) || !open.contains(sequence)) {
                throw new IllegalArgumentException("entry " + i + ": the sequence is not an open one of this model");
            }
            Logits target = batch.target(i);
            if (target != null && target.top() == 0 && target.values().length != outputWidth) {
                throw new IllegalArgumentException("entry " + i + ": room for " + target.values().length
                        + " logits, not for a vocabulary of " + outputWidth);
            }
            int token = batch.token(i);
            if (token < 0 || token >= config.vocabulary()) {
                throw new IllegalArgumentException(
                        "entry " + i + ": token " + token + " is not in a vocabulary of " + config.vocabulary());
            }
            int expected = sequence.expected(batch, i);
            if (batch.position(i) != expected) {
                throw new IllegalArgumentException("entry " + i + ": position " + batch.position(i)
                        + " does not continue its sequence, which goes on at " + expected);
            }
            if (expected >= capacity) {
                throw new ContextOverflowException(expected + 1, capacity);
            }
        }
    }

    private void requireUsable() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
        if (poison != null) {
            throw new BackendFailureException(
                    "an earlier failure made this model unusable: " + poison.getMessage(), poison);
        }
    }

    void release(KernelSequence sequence) {
        lock.lock();
        try {
            if (open.remove(sequence)) {
                sequence.pages().close();
            }
        } finally {
            unlock();
        }
    }

    @Override
    public long pageBytes() {
        return runner.keysAndValues().pageBytes();
    }

    @Override
    public long storedPageBytes() {
        return recurrent ? 0 : runner.keysAndValues().storedPageBytes();
    }

    @Override
    public void writePage(KvPage page, MemorySegment to) {
        lock.lock();
        try {
            requireUsable();
            runner.keysAndValues().write(pool.own(page).page(), to);
        } finally {
            unlock();
        }
    }

    @Override
    public KvPage readPage(MemorySegment from) {
        lock.lock();
        try {
            requireUsable();
            SharedPage page = pool.page();
            try {
                runner.keysAndValues().read(from, page.page());
                return page;
            } catch (RuntimeException | Error e) {
                page.release();
                throw e;
            }
        } finally {
            unlock();
        }
    }

    @Override
    public long kvBytes() {
        return closed ? 0 : pool.bytes();
    }

    @Override
    public void limitKv(long bytes, BooleanSupplier reclaim) {
        lock.lock();
        try {
            pool.limit(bytes, reclaim);
        } finally {
            unlock();
        }
    }

    @Override
    public boolean isRecurrent() {
        return recurrent;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public String residency() {
        lock.lock();
        try {
            requireUsable();
            return runner.residency();
        } finally {
            unlock();
        }
    }

    @Override
    public long memoryBytes() {
        return runner.memoryBytes();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                open.clear();
                runner.close();
            }
        } finally {
            unlock();
        }
    }
}
