package bitnet.spi;

/** Told how far something long has come. Called from any thread; must return quickly. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress NONE = (done, total) -> {};

    /** {@code done} of {@code total} bytes. */
    void at(long done, long total);
}
