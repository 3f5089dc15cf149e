package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Objects;

/** Bytes of a file, from {@code first} on. */
record FileBytes(StoredFile file, long first, long byteSize) implements StoredBytes {
    /** A cache line, and what vectors are aligned to. */
    private static final long ALIGNMENT = 64;

    @Override
    public void read(long offset, MemorySegment to) {
        Objects.checkFromIndexSize(offset, to.byteSize(), byteSize);
        file.read(first + offset, to);
    }

    @Override
    public StoredBytes slice(long offset, long count) {
        Objects.checkFromIndexSize(offset, count, byteSize);
        return new FileBytes(file, first + offset, count);
    }

    @Override
    public MemorySegment load(SegmentAllocator allocator) {
        MemorySegment bytes = allocator.allocate(byteSize, ALIGNMENT);
        read(0, bytes);
        return bytes.asReadOnly();
    }

    @Override
    public int zeroPages() {
        return file.zeroPages(first, byteSize);
    }
}
