package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** Bytes in memory. */
record MemoryBytes(MemorySegment bytes) implements StoredBytes {
    @Override
    public long byteSize() {
        return bytes.byteSize();
    }

    @Override
    public void read(long offset, MemorySegment to) {
        MemorySegment.copy(bytes, offset, to, 0, to.byteSize());
    }

    @Override
    public StoredBytes slice(long offset, long count) {
        return new MemoryBytes(bytes.asSlice(offset, count));
    }

    @Override
    public MemorySegment load(SegmentAllocator allocator) {
        return bytes;
    }

    @Override
    public int zeroPages() {
        return 0;
    }
}
