package bitnet.metal;

import bitnet.BackendFailureException;
import bitnet.tensor.StoredBytes;
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

    /** Whether the GPU can work with so many bytes more. */
    boolean hasRoom(long count) {
        return count <= device.workingSetBytes() - bytes;
    }

    /**
     * New memory with any content.
     *
     * @throws BackendFailureException if there is not enough
     */
    MetalBuffer allocate(long count) {
        if (!hasRoom(count)) {
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
     * A tensor's bytes: a file's are read into the memory that the GPU sees, and nowhere else.
     *
     * @throws BackendFailureException if there is not enough memory
     */
    MetalBuffer load(StoredBytes source) {
        MetalBuffer buffer = allocate(source.byteSize());
        source.read(0, buffer.data());
        return buffer;
    }

    /** Frees one of the buffers. */
    void free(MetalBuffer buffer) {
        if (buffers.remove(buffer)) {
            bytes -= buffer.bytes();
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
