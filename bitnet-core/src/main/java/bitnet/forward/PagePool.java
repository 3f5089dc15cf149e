package bitnet.forward;

import bitnet.spi.KvMemory;
import bitnet.spi.KvPage;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The pages of all sequences of a model, counted and limited. All but {@link #released} and {@link #bytes()} is called by one
 * thread at a time, as the memory wants it; a page that is let go by another thread waits until {@link #sweep()}.
 */
final class PagePool {
    private final KvMemory memory;
    private final long pageBytes;
    private final Runnable onRelease;
    private final Queue<KvMemory.Page> released = new ConcurrentLinkedQueue<>();
    private final long stateBytes;
    private final Queue<KvMemory.State> releasedStates = new ConcurrentLinkedQueue<>();
    private long limit = Long.MAX_VALUE;
    private BooleanSupplier reclaim = () -> false;
    private final AtomicInteger held = new AtomicInteger();
    private final AtomicInteger heldStates = new AtomicInteger();

    /**
     * @param memory where pages come from
     * @param onRelease run after a page was let go, by whoever did it, to see to it that {@link #sweep()} is called
     */
    PagePool(KvMemory memory, Runnable onRelease) {
        this.memory = memory;
        this.onRelease = onRelease;
        pageBytes = memory.pageBytes();
        stateBytes = memory.stateBytes();
    }

    KvMemory memory() {
        return memory;
    }

    /** Bytes of the pages and states that anybody holds. */
    long bytes() {
        return held.get() * pageBytes + heldStates.get() * stateBytes;
    }

    /** {@link bitnet.spi.CompiledModel#limitKv}. */
    void limit(long bytes, BooleanSupplier newReclaim) {
        limit = bytes;
        reclaim = newReclaim;
    }

    /**
     * A new page.
     *
     * @throws OutOfMemoryError if there is no memory, or the limit does not allow another
     */
    SharedPage page() {
        KvMemory.Page page = allocate(pageBytes, memory::page);
        held.incrementAndGet();
        return new SharedPage(this, page);
    }

    /**
     * A new state, of an empty text.
     *
     * @throws OutOfMemoryError if there is no memory, or the limit does not allow another
     */
    KvMemory.State state() {
        KvMemory.State state = allocate(stateBytes, memory::state);
        heldStates.incrementAndGet();
        return state;
    }

    private <T> T allocate(long bytes, Supplier<T> allocation) {
        while (true) {
            sweep();
            try {
                if (bytes() + bytes > limit) {
                    throw new OutOfMemoryError("keys and values take %,d bytes of %,d".formatted(bytes(), limit));
                }
                return allocation.get();
            } catch (OutOfMemoryError e) {
                if (!reclaim.getAsBoolean()) {
                    throw e;
                }
            }
        }
    }

    /** The page of this pool that somebody else names. */
    SharedPage own(KvPage page) {
        if (page instanceof SharedPage mine && mine.pool() == this) {
            return mine;
        }
        throw new IllegalArgumentException("a page of another model");
    }

    /** A new page with the same content. */
    SharedPage copy(SharedPage source) {
        SharedPage copy = page();
        try {
            memory.copy(source.page(), copy.page());
            return copy;
        } catch (RuntimeException | Error e) {
            copy.release();
            throw e;
        }
    }

    void released(KvMemory.Page page) {
        released.add(page);
        onRelease.run();
    }

    void released(KvMemory.State state) {
        releasedStates.add(state);
        onRelease.run();
    }

    boolean hasReleased() {
        return !released.isEmpty() || !releasedStates.isEmpty();
    }

    /** Frees what has been let go. */
    void sweep() {
        for (KvMemory.Page page = released.poll(); page != null; page = released.poll()) {
            held.decrementAndGet();
            memory.free(page);
        }
        for (KvMemory.State state = releasedStates.poll(); state != null; state = releasedStates.poll()) {
            heldStates.decrementAndGet();
            memory.free(state);
        }
    }
}
