package bitnet.template;

/** What goes wrong in a template, before it is known where: {@link ChatTemplate} adds line and column. */
final class TemplateError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** For a place that is where rendering was. */
    static final int HERE = -1;

    private static final int LONGEST = 500;

    private final int at;

    TemplateError(String message) {
        this(message, HERE);
    }

    /** With the offset in the template. */
    TemplateError(String message, int at) {
        super(shown(message), null, false, false);
        this.at = at;
    }

    /** A text of the template's or of a message's, short enough to be quoted. */
    static String shown(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }

    /** The message, and never null. */
    String problem() {
        return String.valueOf(getMessage());
    }

    int at() {
        return at;
    }
}
