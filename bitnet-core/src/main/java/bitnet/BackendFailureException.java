package bitnet;

/**
 * A backend failed while it computed. The model it was compiled for is unusable from then on; other models are not affected.
 * Too little memory for more tokens is no failure, but a {@link CapacityException}.
 */
public final class BackendFailureException extends BitNetException {
    private static final long serialVersionUID = 1L;

    /** What failed, with the device's own name for the error where it has one. */
    public BackendFailureException(String message) {
        super(message);
    }

    /** As above, with the cause. */
    public BackendFailureException(String message, Throwable cause) {
        super(message, cause);
    }
}
