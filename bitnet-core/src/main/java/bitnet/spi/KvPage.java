package bitnet.spi;

/**
 * A page of keys and values that sequences share. Nothing changes in it while it is held here: a sequence that goes on in the
 * midst of it gets a copy. Belongs to the {@link CompiledModel} whose sequence it comes from. Thread-safe.
 */
public interface KvPage {
    /** Holds it once more, so that it takes one more {@link #release()} to free it. Only a holder may call this. */
    KvPage hold();

    /** Releases it. The last holder's release frees the page. Never waits for a computation. */
    void release();
}
