package bitnet.conformance;

/**
 * One thing to check.
 *
 * @param name what, with the shape
 * @param body throws {@link AssertionError} if it does not hold
 */
public record Check(String name, Runnable body) {
    /** Runs it. */
    public void run() {
        body.run();
    }

    @Override
    public String toString() {
        return name;
    }
}
