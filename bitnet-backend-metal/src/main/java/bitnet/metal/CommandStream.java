package bitnet.metal;

import bitnet.BackendFailureException;
import bitnet.metal.gen.BitnetMetal;
import java.lang.foreign.MemorySegment;

/** Where the operations of a step are recorded. Not thread-safe. */
final class CommandStream implements AutoCloseable {
    private final MemorySegment handle;
    private boolean closed;

    /** @param handle of the native stream, which this one frees */
    CommandStream(long handle) {
        this.handle = MemorySegment.ofAddress(handle);
    }

    /** For the generated bindings. */
    MemorySegment handle() {
        return handle;
    }

    /** Begins a step whose operations may reach {@code count} caches: an array of buffers' handles. */
    void begin(MemorySegment caches, int count) {
        check(BitnetMetal.bitnet_metal_begin(handle, caches, count));
    }

    /** Sends what is recorded and waits until the GPU has done all of it. */
    void await() {
        check(BitnetMetal.bitnet_metal_wait(handle));
    }

    /** Drops what is recorded and not sent, and waits for the rest. */
    void abandon() {
        BitnetMetal.bitnet_metal_abandon(handle);
    }

    /** Command buffers that the last step took. */
    int commandBuffers() {
        return BitnetMetal.bitnet_metal_command_buffers(handle);
    }

    /**
     * Looks at what an operation returned.
     *
     * @throws BackendFailureException if Metal or the GPU failed
     * @throws IllegalStateException if the arguments did not fit each other
     */
    void check(int status) {
        if (status == BitnetMetal.BITNET_METAL_OK()) {
            return;
        }
        String failure = BitnetMetal.bitnet_metal_failure(handle).getString(0);
        if (status == BitnetMetal.BITNET_METAL_FAILED()) {
            throw new BackendFailureException("Metal failed: " + failure);
        }
        throw new IllegalStateException(failure);
    }

    /** Waits for the GPU and frees the stream. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Shim.closeStream(handle.address());
        }
    }
}
