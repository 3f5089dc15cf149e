package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.BitNetException;
import bitnet.CapacityException;
import bitnet.ContextOverflowException;
import bitnet.ModelInfo;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompiledModel;
import bitnet.spi.KvPage;
import bitnet.spi.Sequence;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** A model on one backend, until that fails. Thread-safe. */
final class Placement {
    private final CompiledModel compiled;
    private final ModelInfo info;
    private final int prefillChunk;
    private final PrefixCache prefixes;
    private volatile @Nullable BackendFailureException failure;

    /**
     * @param compiled the model on its backend
     * @param info facts, which say what backend that is
     * @param prefillChunk tokens of a prompt to compute at a time
     * @param prefixes keys and values that were computed there
     */
    Placement(CompiledModel compiled, ModelInfo info, int prefillChunk, PrefixCache prefixes) {
        this.compiled = compiled;
        this.info = info;
        this.prefillChunk = prefillChunk;
        this.prefixes = prefixes;
    }

    int prefillChunk() {
        return prefillChunk;
    }

    ModelInfo info() {
        return info;
    }

    CompiledModel compiled() {
        return compiled;
    }

    /** What is known of texts that were computed here. */
    PrefixCache prefixes() {
        return prefixes;
    }

    /** A new, empty sequence. */
    Sequence newSequence() {
        return newSequence(PrefixCache.Prefix.NONE);
    }

    /** A new sequence that begins like this. */
    Sequence newSequence(PrefixCache.Prefix prefix) {
        requireSound();
        try {
            return prefix.length() == 0
                    ? compiled.newSequence()
                    : compiled.newSequence(prefix.pages(), prefix.length());
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    /**
     * A copy of a sequence.
     *
     * @throws UnsupportedOperationException if the backend cannot copy
     */
    Sequence fork(Sequence sequence) {
        requireSound();
        try {
            return sequence.fork();
        } catch (UnsupportedOperationException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    /** {@link CompiledModel#writePage}. */
    void writePage(KvPage page, MemorySegment to) {
        requireSound();
        try {
            compiled.writePage(page, to);
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    /** {@link CompiledModel#readPage}. */
    KvPage readPage(MemorySegment from) {
        requireSound();
        try {
            return compiled.readPage(from);
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    /** {@link CompiledModel#residency()}. */
    String residency() {
        requireSound();
        try {
            return compiled.residency();
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    /** Computes. */
    void forward(Batch batch, Cancellation cancellation) {
        requireSound();
        try {
            compiled.forward(batch, cancellation);
        } catch (CancellationException | ContextOverflowException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    /** Whether the backend is not to be trusted any more. */
    boolean hasFailed() {
        return failure != null;
    }

    /**
     * Whatever a backend throws that it should not is a failure of the backend, and it is not trusted again: its results
     * would be anybody's guess. Only when memory runs out, and nothing was computed, all can go on.
     */
    private BitNetException failed(Throwable cause) {
        if (cause instanceof OutOfMemoryError) {
            return new CapacityException(
                    "the backend " + info.backend() + " has no memory for more tokens: " + cause.getMessage(), cause);
        }
        var thrown = cause instanceof BackendFailureException e
                ? e
                : new BackendFailureException("the backend " + info.backend() + " failed: " + cause, cause);
        failure = thrown;
        return thrown;
    }

    private void requireSound() {
        BackendFailureException earlier = failure;
        if (earlier != null) {
            throw new BackendFailureException(
                    "an earlier failure made this model unusable: " + earlier.getMessage(), earlier);
        }
    }
}
