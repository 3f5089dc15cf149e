package bitnet;

/**
 * There is no memory for the keys and values of more tokens. Nothing was computed, and the model and all other generations
 * go on; once one of them has ended or a session was closed, the same call may succeed.
 */
public final class CapacityException extends BitNetException {
    private static final long serialVersionUID = 1L;

    /** What there was no memory for. */
    public CapacityException(String message) {
        super(message);
    }

    /** As above, with the cause. */
    public CapacityException(String message, Throwable cause) {
        super(message, cause);
    }
}
