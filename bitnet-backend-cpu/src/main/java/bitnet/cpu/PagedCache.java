package bitnet.cpu;

import bitnet.spi.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of one sequence in pages of {@value #PAGE} positions of all layers. Memory grows with the sequence; pages
 * never move.
 */
public final class PagedCache implements Kernels.Cache {
    /** Positions of a page. */
    public static final int PAGE = 64;

    private final CpuKernels owner;
    private final Memory memory;
    private final long pageBytes;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> pages = new ArrayList<>();
    private MemorySegment table;
    private boolean closed;

    PagedCache(CpuKernels owner, Memory memory, long pageBytes) {
        this.owner = owner;
        this.memory = memory;
        this.pageBytes = pageBytes;
        table = arena.allocate(16L * Long.BYTES, Memory.ALIGNMENT);
    }

    @Override
    public void reserve(int positions) {
        while ((long) pages.size() * PAGE < positions) {
            MemorySegment page = memory.allocate(arena, pageBytes);
            if ((long) pages.size() * Long.BYTES == table.byteSize()) {
                MemorySegment larger = arena.allocate(2 * table.byteSize(), Memory.ALIGNMENT);
                larger.copyFrom(table);
                table = larger;
            }
            table.setAtIndex(ValueLayout.JAVA_LONG, pages.size(), page.address());
            pages.add(page);
        }
        owner.reservePositions(positions);
    }

    @Override
    public void copyFrom(Kernels.Cache other, int positions) {
        PagedCache source = (PagedCache) other;
        reserve(positions);
        for (int page = 0; page * PAGE < positions; page++) {
            pages.get(page).copyFrom(source.pages.get(page));
        }
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
