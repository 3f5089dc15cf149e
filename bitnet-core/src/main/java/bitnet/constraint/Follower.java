package bitnet.constraint;

/** How far one answer has come in a constraint. Nothing is allocated per token once a state is known. Not thread-safe. */
public final class Follower {
    private final CompiledConstraint constraint;
    private State state;

    Follower(CompiledConstraint constraint) {
        this.constraint = constraint;
        this.state = constraint.start();
    }

    /**
     * The tokens that may come next, one bit each from the lowest of the first element on: those with which the answer can go on, and
     * those that end a generation if it may end here. Not to be changed.
     */
    public long[] allowed() {
        return constraint.allowed(state);
    }

    /** Whether a token may come next. */
    public boolean allows(int token) {
        long[] allowed = allowed();
        return token >= 0 && token >> 6 < allowed.length && (allowed[token >> 6] >>> token & 1) != 0;
    }

    /**
     * Takes the next token. One that ends a generation changes nothing.
     *
     * @throws IllegalArgumentException if it is not allowed
     */
    public void accept(int token) {
        if (!allows(token)) {
            throw new IllegalArgumentException("token " + token + " does not follow the constraint");
        }
        if (!constraint.ends(token)) {
            state = constraint.after(state, token);
        }
    }

    /** Whether no token may come next, not even one that ends the answer. */
    public boolean isStuck() {
        for (long tokens : allowed()) {
            if (tokens != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the answer may end here. */
    public boolean mayEnd() {
        return state.accepting;
    }

    /** Whether the answer has to end here, since nothing can follow. */
    public boolean mustEnd() {
        return state.accepting && state.places.length == 0;
    }

    /** The bytes that have to come next; empty where there is a choice, or where the answer may end. At most 256. */
    public byte[] forced() {
        return constraint.forced(state);
    }
}
