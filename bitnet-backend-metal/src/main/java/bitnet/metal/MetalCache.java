package bitnet.metal;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of one sequence: pages of {@value #PAGE} positions of all layers, one after the other in one buffer, which
 * doubles where it ends.
 */
final class MetalCache implements Kernels.Cache {
    /** Positions of a page. */
    static final int PAGE = 64;

    private final MetalKernels owner;
    private final MetalMemory memory;
    private final long pageBytes;
    private final int mostPages;
    private @Nullable MetalBuffer buffer;
    private int pages;
    private long gpuAddress;
    private boolean closed;

    MetalCache(MetalKernels owner, MetalMemory memory, long pageBytes, int capacity) {
        this.owner = owner;
        this.memory = memory;
        this.pageBytes = pageBytes;
        mostPages = Math.ceilDiv(capacity, PAGE);
    }

    @Override
    public void reserve(int positions) {
        int wanted = Math.ceilDiv(positions, PAGE);
        if (wanted > pages) {
            grow(Math.max(wanted, Math.min(2 * pages, mostPages)));
        }
        owner.reservePositions(positions);
    }

    private void grow(int count) {
        MetalBuffer larger = memory.allocate(count * pageBytes);
        MetalBuffer old = buffer;
        if (old != null) {
            MemorySegment.copy(old.data(), 0, larger.data(), 0, old.bytes());
            memory.free(old);
        }
        buffer = larger;
        pages = count;
        gpuAddress = larger.gpuAddress();
    }

    @Override
    public void copyFrom(Kernels.Cache other, int positions) {
        reserve(positions);
        MetalBuffer from = ((MetalCache) other).buffer;
        MetalBuffer to = buffer;
        if (from != null && to != null) {
            MemorySegment.copy(from.data(), 0, to.data(), 0, Math.ceilDiv(positions, PAGE) * pageBytes);
        }
    }

    /** For the generated bindings; only after {@link #reserve}. */
    MemorySegment handle() {
        return buffer == null ? MemorySegment.NULL : buffer.handle();
    }

    /** Where the GPU sees it; moves when it grows. */
    long gpuAddress() {
        return gpuAddress;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (buffer != null) {
                memory.free(buffer);
            }
            owner.forget(this);
        }
    }
}
