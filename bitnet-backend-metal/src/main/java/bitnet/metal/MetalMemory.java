package bitnet.metal;

import bitnet.BackendFailureException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/** The buffers of a model: counted, held to what the GPU can work with, and freed together. Not thread-safe. */
final class MetalMemory implements AutoCloseable {
    private final MetalDevice device;
    private final Set<MetalBuffer> buffers = new HashSet<>();
    private long bytes;

    MetalMemory(MetalDevice device) {
        this.device = device;
    }

    /**
     * Part of a buffer.
     *
     * @param offset where it begins, in bytes
     */
    record Slice(MetalBuffer buffer, long offset) {}

    /**
     * New memory with any content.
     *
     * @throws BackendFailureException if there is not enough
     */
    MetalBuffer allocate(long count) {
        if (count > device.workingSetBytes() - bytes) {
            throw new BackendFailureException(
                    "out of GPU memory: %,d bytes are in use, %,d more are needed, and the GPU works with %,d"
                            .formatted(bytes, count, device.workingSetBytes()));
        }
        try {
            MetalBuffer buffer = device.allocate(count);
            buffers.add(buffer);
            bytes += count;
            return buffer;
        } catch (MetalException e) {
            throw new BackendFailureException("Metal failed: " + e.getMessage(), e);
        }
    }

    /**
     * Data of a file for the GPU: the mapped pages themselves where its place among them allows, which takes no memory, or
     * else a copy.
     *
     * @throws BackendFailureException if there is not enough memory for a copy
     */
    Slice place(MemorySegment source) {
        if (source.isMapped()) {
            long page = Shim.pageBytes();
            long offset = source.address() % page;
            // Metal binds buffers at multiples of 4 bytes.
            if (offset % Integer.BYTES == 0) {
                // Pages are mapped whole, so what lies around the data can be read as well.
                long length = Math.ceilDiv(offset + source.byteSize(), page) * page;
                try {
                    MetalBuffer pages = device.wrap(source.address() - offset, length);
                    buffers.add(pages);
                    return new Slice(pages, offset);
                } catch (MetalException _) {
                    // too large for one buffer, or too strange: a copy will tell
                }
            }
        }
        MetalBuffer copy = allocate(source.byteSize());
        copy.data().copyFrom(source);
        return new Slice(copy, 0);
    }

    /** Frees one of the buffers. */
    void free(MetalBuffer buffer) {
        if (buffers.remove(buffer)) {
            bytes -= buffer.isWrapped() ? 0 : buffer.bytes();
            buffer.close();
        }
    }

    /** Bytes of new memory in use. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        buffers.forEach(MetalBuffer::close);
        buffers.clear();
    }
}
