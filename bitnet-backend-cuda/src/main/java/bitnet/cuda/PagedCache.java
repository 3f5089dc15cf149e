package bitnet.cuda;

import bitnet.spi.KvMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A table on the device of the pages of one sequence, and its state. */
final class PagedCache implements KvMemory.Cache {
    private final CudaKernels owner;
    private final MemorySegment table;
    private MemorySegment state = MemorySegment.NULL;
    private boolean closed;

    PagedCache(CudaKernels owner, MemorySegment table) {
        this.owner = owner;
        this.table = table;
    }

    MemorySegment table() {
        return table;
    }

    /** What operations change; null where all layers attend. */
    MemorySegment state() {
        return state;
    }

    @Override
    public void put(KvMemory.State newState) {
        state = ((DeltaStates.DeviceState) newState).data();
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
