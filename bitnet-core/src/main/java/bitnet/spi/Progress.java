package bitnet.spi;

/** Told how far something long has come. Called from any thread; must return quickly. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress NONE = (done, total) -> {};

    /** {@code done} of {@code total} equal parts, such as bytes or layers; the total stays the same. */
    void at(long done, long total);
}
