package bitnet.cli;

/** Whoever read standard output went away, as {@code head} does when it has seen enough. */
final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputClosedException() {
        super("standard output was closed");
    }
}
