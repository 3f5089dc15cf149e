package bitnet.coreml;

/** What Core ML said when it failed: the cause of the {@link bitnet.BackendFailureException} or of the refusal. */
public final class CoreMlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Who noticed. */
    public enum Kind {
        /** Core ML returned an {@code NSError}. */
        ERROR,
        /** An {@code NSException} was raised. */
        EXCEPTION,
        /** Bitnet's own library: what it was asked for does not fit the model. */
        REFUSED
    }

    private final Kind kind;
    private final String domain;
    private final long code;

    /**
     * @param domain of the error, or the name of the exception
     * @param code of the error, or 0
     * @param text for people
     */
    public CoreMlException(Kind kind, String domain, long code, String text) {
        super(kind == Kind.REFUSED ? text : domain + (kind == Kind.ERROR ? " " + code : "") + ": " + text);
        this.kind = kind;
        this.domain = domain;
        this.code = code;
    }

    /** Who noticed. */
    public Kind kind() {
        return kind;
    }

    /** The domain of the error, such as {@code com.apple.CoreML}, or the name of the exception. */
    public String domain() {
        return domain;
    }

    /** The error's code in its domain. */
    public long code() {
        return code;
    }
}
