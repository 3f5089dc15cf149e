package bitnet.metal;

import bitnet.spi.KvMemory;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The pages of one sequence, and a table of where the GPU sees them. */
final class MetalCache implements KvMemory.Cache {
    private final MetalKernels owner;
    private final MetalMemory memory;
    private final MetalBuffer table;
    private final long gpuAddress;
    private final List<MetalBuffer> pages = new ArrayList<>();
    private boolean closed;

    /** A page of all layers. */
    record Page(MetalBuffer buffer) implements KvMemory.Page {}

    /** @param capacity positions of a sequence */
    MetalCache(MetalKernels owner, MetalMemory memory, int capacity) {
        this.owner = owner;
        this.memory = memory;
        table = memory.allocate((long) Math.ceilDiv(capacity, KvMemory.PAGE) * Long.BYTES);
        gpuAddress = table.gpuAddress();
    }

    @Override
    public void put(int from, List<? extends KvMemory.Page> more) {
        for (int i = 0; i < more.size(); i++) {
            MetalBuffer page = ((Page) more.get(i)).buffer();
            if (from + i == pages.size()) {
                pages.add(page);
            } else {
                pages.set(from + i, page);
            }
            table.data().setAtIndex(ValueLayout.JAVA_LONG, from + i, page.gpuAddress());
        }
        owner.reservePositions(pages.size() * KvMemory.PAGE);
    }

    /** Where the GPU sees the table. */
    long gpuAddress() {
        return gpuAddress;
    }

    MetalBuffer table() {
        return table;
    }

    /** A page, by its index. */
    MetalBuffer page(int index) {
        return pages.get(index);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            memory.free(table);
            owner.forget(this);
        }
    }
}
