package bitnet.spi;

import java.util.concurrent.CancellationException;

/** Asked from time to time whether work should stop. */
@FunctionalInterface
public interface Cancellation {
    /** Never stops. */
    Cancellation NEVER = () -> false;

    /** Whether to stop. Called often; must be cheap. */
    boolean isCancelled();

    /** @throws CancellationException if work should stop */
    default void check() {
        if (isCancelled()) {
            throw new CancellationException("cancelled");
        }
    }
}
