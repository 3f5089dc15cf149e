package bitnet.template;

/** What goes wrong in a template, before it is known where: {@link ChatTemplate} adds line and column. */
final class TemplateError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** For a place that is where rendering was. */
    static final int HERE = -1;

    private final int at;

    TemplateError(String message) {
        this(message, HERE);
    }

    /** With the offset in the template. */
    TemplateError(String message, int at) {
        super(message, null, false, false);
        this.at = at;
    }

    /** The message, and never null. */
    String problem() {
        return String.valueOf(getMessage());
    }

    int at() {
        return at;
    }
}
