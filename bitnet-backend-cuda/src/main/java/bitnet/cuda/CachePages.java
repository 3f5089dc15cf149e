package bitnet.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** The caches of a model's sequences and their pages. All but {@link #close} is called in the device's context. */
final class CachePages {
    private final Gpu gpu;
    private final Uploads uploads;
    private final long pageBytes;
    private final int most;
    private final Set<PagedCache> caches = new HashSet<>();
    /** Of closed caches, for the next ones: to allocate a page takes the driver as long as many tokens take the device. */
    private final Deque<MemorySegment> free = new ArrayDeque<>();

    private long cacheBytes;

    /** @param most pages of a cache, and kept for the next ones */
    CachePages(Gpu gpu, Uploads uploads, CacheShape shape, int most) {
        this.gpu = gpu;
        this.uploads = uploads;
        this.pageBytes = shape.pageBytes();
        this.most = most;
    }

    PagedCache open(CudaKernels owner) {
        PagedCache cache = new PagedCache(owner, gpu.allocate((long) most * Long.BYTES, "a cache"));
        caches.add(cache);
        cacheBytes += cache.table().byteSize();
        return cache;
    }

    /** Pages for so many positions. */
    void reserve(PagedCache cache, int positions) {
        int first = cache.pages().size();
        try {
            while ((long) cache.pages().size() * CacheShape.PAGE < positions) {
                cache.pages().add(page());
            }
        } finally { // where memory ran out the pages before it are the cache's
            long[] addresses = cache.pages().stream()
                    .skip(first)
                    .mapToLong(MemorySegment::address)
                    .toArray();
            uploads.upload(addresses, cache.table().asSlice((long) first * Long.BYTES));
        }
    }

    private MemorySegment page() {
        MemorySegment page = free.isEmpty() ? gpu.allocate(pageBytes, "more tokens") : free.pop();
        cacheBytes += pageBytes;
        return page;
    }

    /** Copies pages of so many positions, which {@code to} has room for. */
    void copy(PagedCache from, PagedCache to, int positions) {
        for (int page = 0; page * CacheShape.PAGE < positions; page++) {
            gpu.stream().copy(from.pages().get(page), to.pages().get(page));
        }
    }

    /** Frees a cache, unless {@link #forget} was called. */
    void close(PagedCache cache) {
        if (caches.remove(cache)) {
            cacheBytes -= cache.table().byteSize() + cache.pages().size() * pageBytes;
            try (var _ = gpu.context().enterToClose()) {
                gpu.memory().free(cache.table());
                for (MemorySegment page : cache.pages()) {
                    if (free.size() < most) {
                        free.push(page);
                    } else {
                        gpu.memory().free(page);
                    }
                }
            }
        }
    }

    /** Of device memory, free pages as well. */
    long bytes() {
        return cacheBytes + free.size() * pageBytes;
    }

    /** The device's memory is about to be freed as a whole: caches that are closed later have nothing to free. */
    void forget() {
        caches.clear();
        free.clear();
    }
}
