package bitnet;

/** A chat template that cannot be parsed or rendered, or that refused the conversation ({@code raise_exception}). */
public final class ChatTemplateException extends BitNetException {
    private static final long serialVersionUID = 1L;

    /** With a message that names the line and column of the template where there is one. */
    public ChatTemplateException(String message) {
        super(message);
    }
}
