package bitnet.metal;

import java.lang.foreign.MemorySegment;

/** Memory that the CPU and the GPU share. */
final class MetalBuffer implements AutoCloseable {
    private final MemorySegment handle;
    private final MemorySegment data;
    private boolean closed;

    /** @param handle of the native buffer, which this one frees */
    @SuppressWarnings("restricted")
    MetalBuffer(long handle, long bytes) {
        this.handle = MemorySegment.ofAddress(handle);
        data = MemorySegment.ofAddress(Shim.contents(handle)).reinterpret(bytes);
    }

    /** For the generated bindings. */
    MemorySegment handle() {
        return handle;
    }

    /** The content, as the CPU sees it. Not to be touched while the GPU works, nor after {@link #close()}. */
    MemorySegment data() {
        return data;
    }

    /** Bytes. */
    long bytes() {
        return data.byteSize();
    }

    /** Where the GPU sees the content. */
    long gpuAddress() {
        return Shim.gpuAddress(handle.address());
    }

    /** Frees the memory, which the GPU must not be using. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Shim.release(handle.address());
        }
    }
}
