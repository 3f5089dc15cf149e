package bitnet;

/** A prompt, or a prompt and what should follow it, does not fit into the context. */
public final class ContextOverflowException extends BitNetException {
    private static final long serialVersionUID = 1L;
    private final int needed;
    private final int available;

    /**
     * @param needed tokens that were asked for; of a text that is much too long, as many as were counted
     * @param available tokens that the context holds
     */
    public ContextOverflowException(int needed, int available) {
        super("the context holds " + available + " tokens, but at least " + needed + " are needed");
        this.needed = needed;
        this.available = available;
    }

    /** Tokens that were asked for. Of a text that is much too long there may be more than these: not all were counted. */
    public int needed() {
        return needed;
    }

    /** Tokens that the context holds. */
    public int available() {
        return available;
    }
}
