package bitnet.forward;

import bitnet.spi.KvMemory;
import bitnet.spi.KvPage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pages of one sequence. Full ones are shared with others; one that others hold is copied before it is written. For a
 * {@link KernelModel}, and for whoever calls {@link bitnet.spi.Kernels} without one. Not thread-safe.
 */
public final class PageTable implements AutoCloseable {
    private final PagePool pool;
    private final int positions;
    private final KvMemory.Cache cache;
    private final List<SharedPage> pages = new ArrayList<>();
    /** Null where all layers attend. */
    private final @Nullable RecurrentState state;

    /** An empty table. */
    public PageTable(KvMemory memory) {
        this(new PagePool(memory, () -> {}));
    }

    /** An empty table that can share pages with this one. */
    public PageTable beside() {
        return new PageTable(pool);
    }

    PageTable(PagePool pool) {
        this.pool = pool;
        positions = pool.memory().pagePositions();
        cache = pool.memory().cache();
        state = pool.memory().stateBytes() == 0 ? null : new RecurrentState(pool, cache);
    }

    /** What a {@link bitnet.spi.Step} wants. */
    public KvMemory.Cache cache() {
        return cache;
    }

    /** Makes room for positions from 0 to {@code end}, of which none is there yet. */
    public void reserve(int end) {
        reserve(0, end);
    }

    /**
     * Makes room for positions {@code begin} to {@code end}, which can be written then.
     *
     * @throws OutOfMemoryError if there is no memory for a page; pages before it are there
     */
    public void reserve(int begin, int end) {
        if (state != null) {
            state.ready();
        }
        int first = begin / positions;
        int last = Math.ceilDiv(end, positions);
        int changed = first;
        while (changed < Math.min(last, pages.size()) && !pages.get(changed).isShared()) {
            changed++;
        }
        if (changed < last) {
            int at = changed;
            try {
                for (; at < last; at++) {
                    own(at);
                }
            } finally {
                put(changed, at);
            }
        }
    }

    private void own(int index) {
        if (index == pages.size()) {
            pages.add(pool.page());
        } else if (pages.get(index).isShared()) {
            SharedPage copy = pool.copy(pages.get(index));
            pages.set(index, copy).release();
        }
    }

    private void put(int from, int to) {
        if (from < to) {
            cache.put(
                    from, pages.subList(from, to).stream().map(SharedPage::page).toList());
        }
    }

    /**
     * Begins this empty table with the first positions of another one: full pages are shared, and the last is copied if it is
     * not full.
     */
    public void share(PageTable other, int length) {
        share(other.pages, length);
        if (state != null && other.state != null && length > 0) {
            state.copy(other.state);
        }
    }

    void share(List<? extends KvPage> source, int length) {
        int count = Math.ceilDiv(length, positions);
        if (source.size() < count) {
            throw new IllegalArgumentException(source.size() + " pages for " + length + " positions");
        }
        for (KvPage page : source.subList(0, count)) {
            pages.add(pool.own(page).hold());
        }
        put(0, count);
        if (length % positions != 0) {
            reserve(length, length + 1);
        }
    }

    /** A page, held once more. */
    KvPage page(int index) {
        return pages.get(index).hold();
    }

    /** Keeps what it takes to come back to this length, if it takes more than the pages. */
    void keep(int length) {
        if (state != null) {
            state.keep(length);
        }
    }

    /**
     * Goes back to a length, or to a smaller one where it takes more than the pages to come back.
     *
     * @return the length that was reached
     */
    int rewind(int length) {
        int reached = state == null ? length : state.rewind(length);
        truncate(reached);
        return reached;
    }

    /** Lets go of the pages that no position before {@code length} needs. */
    void truncate(int length) {
        while (pages.size() > Math.ceilDiv(length, positions)) {
            pages.removeLast().release();
        }
    }

    @Override
    public void close() {
        truncate(0);
        if (state != null) {
            state.close();
        }
        cache.close();
        pool.sweep();
    }
}
