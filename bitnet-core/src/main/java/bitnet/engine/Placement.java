package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.ContextOverflowException;
import bitnet.ModelInfo;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompiledModel;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** A model on one backend, until that fails. Thread-safe. */
final class Placement {
    private final CompiledModel compiled;
    private final ModelInfo info;
    private volatile @Nullable BackendFailureException failure;

    /**
     * @param compiled the model on its backend
     * @param info facts, which say what backend that is
     */
    Placement(CompiledModel compiled, ModelInfo info) {
        this.compiled = compiled;
        this.info = info;
    }

    ModelInfo info() {
        return info;
    }

    CompiledModel compiled() {
        return compiled;
    }

    /**
     * Computes. Whatever a backend throws that it should not is a failure of the backend, and it is not trusted again:
     * its results would be anybody's guess.
     */
    void forward(Batch batch, Cancellation cancellation) {
        requireSound();
        try {
            compiled.forward(batch, cancellation);
        } catch (CancellationException | ContextOverflowException e) {
            throw e;
        } catch (BackendFailureException e) {
            failure = e;
            throw e;
        } catch (RuntimeException | Error e) {
            failure = new BackendFailureException("the backend " + info.backend() + " failed: " + e, e);
            throw failure;
        }
    }

    private void requireSound() {
        BackendFailureException earlier = failure;
        if (earlier != null) {
            throw new BackendFailureException(
                    "an earlier failure made this model unusable: " + earlier.getMessage(), earlier);
        }
    }
}
