package bitnet.cuda;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of one sequence on the device, in pages that never move; their addresses stand in a table there. */
final class PagedCache implements Kernels.Cache {
    private final CudaKernels owner;
    private final List<MemorySegment> pages = new ArrayList<>();
    private final MemorySegment table;
    private boolean closed;

    PagedCache(CudaKernels owner, MemorySegment table) {
        this.owner = owner;
        this.table = table;
    }

    MemorySegment table() {
        return table;
    }

    List<MemorySegment> pages() {
        return pages;
    }

    /** Asked for every token of a prompt, so that where there is room the driver is left alone. */
    @Override
    public void reserve(int positions) {
        if (positions > pages.size() * CacheShape.PAGE) {
            owner.reserve(this, positions);
        }
    }

    @Override
    public void copyFrom(Kernels.Cache other, int positions) {
        owner.copy((PagedCache) other, this, positions);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            owner.free(this);
        }
    }
}
