package bitnet.cpu;

import bitnet.spi.KvMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The pages of one sequence, and their addresses where native code finds them. */
public final class PagedCache implements KvMemory.Cache {
    /** Positions of a page. */
    public static final int PAGE = KvMemory.PAGE;

    private final CpuKernels owner;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> pages = new ArrayList<>();
    private MemorySegment table;
    private MemorySegment state = MemorySegment.NULL;
    private boolean closed;

    PagedCache(CpuKernels owner) {
        this.owner = owner;
        table = arena.allocate(16L * Long.BYTES, Memory.ALIGNMENT);
    }

    @Override
    public void put(int from, List<? extends KvMemory.Page> more) {
        for (int i = 0; i < more.size(); i++) {
            put(from + i, ((CachePage) more.get(i)).data());
        }
        owner.reservePositions(pages.size() * PAGE);
    }

    private void put(int index, MemorySegment page) {
        if (index == pages.size()) {
            pages.add(page);
        } else {
            pages.set(index, page);
        }
        if (pages.size() * (long) Long.BYTES > table.byteSize()) {
            MemorySegment larger = arena.allocate(2 * table.byteSize(), Memory.ALIGNMENT);
            larger.copyFrom(table);
            table = larger;
        }
        table.setAtIndex(ValueLayout.JAVA_LONG, index, page.address());
    }

    @Override
    public void put(KvMemory.State newState) {
        state = ((CacheState) newState).data();
    }

    /** What there is beside pages. */
    public MemorySegment state() {
        return state;
    }

    /** The page that holds a position. */
    public MemorySegment page(int position) {
        return pages.get(position / PAGE);
    }

    /** Where the addresses of the pages stand. */
    long tableAddress() {
        return table.address();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
            owner.forget(this);
        }
    }
}
