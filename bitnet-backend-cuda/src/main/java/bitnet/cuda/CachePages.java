package bitnet.cuda;

import bitnet.BackendFailureException;
import bitnet.spi.KvMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The pages of keys and values of a model, and the tables of its sequences. All but {@link #close} and {@link #free} is called
 * in the device's context.
 */
final class CachePages {
    private static final int MOST_TABLES = 256;

    private final Gpu gpu;
    private final Uploads uploads;
    private final long pageBytes;
    private final int most;
    private final Set<PagedCache> caches = new HashSet<>();
    /** For the next ones: to allocate a page takes the driver as long as many tokens take the device. */
    private final Deque<DevicePage> free = new ArrayDeque<>();

    /** Of closed sequences, likewise. */
    private final Deque<MemorySegment> tables = new ArrayDeque<>();

    private long cacheBytes;
    private boolean forgotten;

    /** Of all layers. */
    record DevicePage(MemorySegment data) implements KvMemory.Page {}

    /** @param most pages of a sequence, and kept for the next ones */
    CachePages(Gpu gpu, Uploads uploads, CacheShape shape, int most) {
        this.gpu = gpu;
        this.uploads = uploads;
        this.pageBytes = shape.pageBytes();
        this.most = most;
    }

    PagedCache open(CudaKernels owner) {
        MemorySegment table = tables.isEmpty() ? gpu.allocate((long) most * Long.BYTES, "a sequence") : tables.pop();
        PagedCache cache = new PagedCache(owner, table);
        caches.add(cache);
        cacheBytes += cache.table().byteSize();
        return cache;
    }

    /** @throws OutOfMemoryError if the device has no memory left */
    DevicePage page() {
        DevicePage page = free.isEmpty() ? new DevicePage(allocate()) : free.pop();
        cacheBytes += pageBytes;
        return page;
    }

    private MemorySegment allocate() {
        try {
            return gpu.allocate(pageBytes, "more tokens");
        } catch (BackendFailureException e) { // only for want of memory
            throw (OutOfMemoryError) new OutOfMemoryError(e.getMessage()).initCause(e);
        }
    }

    void put(PagedCache cache, int from, List<? extends KvMemory.Page> pages) {
        long[] addresses = pages.stream()
                .mapToLong(page -> ((DevicePage) page).data().address())
                .toArray();
        uploads.upload(addresses, cache.table().asSlice((long) from * Long.BYTES));
    }

    void copy(DevicePage from, DevicePage to) {
        gpu.stream().copy(from.data(), to.data());
    }

    /** Runs with pinned host memory of a page's size. */
    void withPinned(Consumer<MemorySegment> use) {
        MemorySegment pinned = gpu.memory().pinned(pageBytes);
        try {
            use.accept(pinned);
        } finally {
            gpu.memory().freePinned(pinned);
        }
    }

    /** Frees a page, unless {@link #forget} was called. */
    void free(DevicePage page) {
        if (forgotten) {
            return;
        }
        cacheBytes -= pageBytes;
        if (free.size() < most) {
            free.push(page);
        } else {
            try (var _ = gpu.context().enterToClose()) {
                gpu.memory().free(page.data());
            }
        }
    }

    /** Frees a table, unless {@link #forget} was called. */
    void close(PagedCache cache) {
        if (caches.remove(cache)) {
            cacheBytes -= cache.table().byteSize();
            if (tables.size() < MOST_TABLES) {
                tables.push(cache.table());
                return;
            }
            try (var _ = gpu.context().enterToClose()) {
                gpu.memory().free(cache.table());
            }
        }
    }

    /** Of device memory, free pages as well. */
    long bytes() {
        return cacheBytes + free.size() * pageBytes + (long) tables.size() * most * Long.BYTES;
    }

    /** The device's memory is about to be freed as a whole: what is closed later has nothing to free. */
    void forget() {
        forgotten = true;
        caches.clear();
        free.clear();
        tables.clear();
    }
}
