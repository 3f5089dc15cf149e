package bitnet.spi;

/** Receives the progress of long work. Called from any thread; must return quickly. */
@FunctionalInterface
public interface Progress {
    /** Ignores progress. */
    Progress NONE = (done, total) -> {};

    /** {@code done} of {@code total} equal parts, such as bytes or layers; the total stays the same. */
    void at(long done, long total);
}
