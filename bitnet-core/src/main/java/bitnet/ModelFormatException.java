package bitnet;

/** A file of a model, or a saved conversation, that is damaged or breaks its format's rules. The message names the file, the place, what was found and what was expected. */
public final class ModelFormatException extends BitNetException {
    private static final long serialVersionUID = 1L;
    private final String source;
    private final String where;

    /**
     * @param source the file, as the caller named it
     * @param where the field, tensor or byte offset
     * @param problem what was found, and what was expected
     */
    public ModelFormatException(String source, String where, String problem) {
        super(source + ": " + where + ": " + problem);
        this.source = source;
        this.where = where;
    }

    /** As above, with the failure that revealed the problem. */
    public ModelFormatException(String source, String where, String problem, Throwable cause) {
        super(source + ": " + where + ": " + problem, cause);
        this.source = source;
        this.where = where;
    }

    /** The file. */
    public String source() {
        return source;
    }

    /** The field, tensor or byte offset. */
    public String where() {
        return where;
    }
}
