package bitnet;

/** A well-formed model that this library, or the chosen backend, does not run. The message says what it is and what to do. */
public final class ModelUnsupportedException extends BitNetException {
    private static final long serialVersionUID = 1L;
    private final String source;

    /**
     * @param source the file, as the caller named it
     * @param problem what the model has that is not supported, and what to do about it
     */
    public ModelUnsupportedException(String source, String problem) {
        super(source + ": " + problem);
        this.source = source;
    }

    /** The file. */
    public String source() {
        return source;
    }
}
