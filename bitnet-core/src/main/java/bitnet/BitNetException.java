package bitnet;

/** Everything that bitnet throws on purpose, except {@link IllegalArgumentException} and {@link IllegalStateException} for misuse of the API. */
public abstract sealed class BitNetException extends RuntimeException
        permits ModelFormatException,
                ModelUnsupportedException,
                ChatTemplateException,
                DeviceUnavailableException,
                ContextOverflowException,
                InvalidConstraintException,
                BackendFailureException,
                BusyException,
                CapacityException {
    private static final long serialVersionUID = 1L;

    BitNetException(String message) {
        super(message);
    }

    BitNetException(String message, Throwable cause) {
        super(message, cause);
    }
}
