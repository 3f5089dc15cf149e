package bitnet.cuda;

import bitnet.spi.KvMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A table on the device of the pages of one sequence. */
final class PagedCache implements KvMemory.Cache {
    private final CudaKernels owner;
    private final MemorySegment table;
    private boolean closed;

    PagedCache(CudaKernels owner, MemorySegment table) {
        this.owner = owner;
        this.table = table;
    }

    MemorySegment table() {
        return table;
    }

    @Override
    public void put(int from, List<? extends KvMemory.Page> pages) {
        owner.put(this, from, pages);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            owner.close(this);
        }
    }
}
