package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;

import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Work that the device does in order. Sizes are checked here, since the host cannot see the device's memory. */
public final class GpuStream implements AutoCloseable {
    private final MemorySegment handle;
    private boolean closed;

    private GpuStream(MemorySegment handle) {
        this.handle = handle;
    }

    /** A new stream of the entered context. */
    public static GpuStream open() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stream = arena.allocate(ValueLayout.ADDRESS);
            check(Cuda.cuStreamCreate(stream, Cuda.CU_STREAM_NON_BLOCKING()), "cuStreamCreate");
            return new GpuStream(stream.get(ValueLayout.ADDRESS, 0));
        }
    }

    MemorySegment handle() {
        return handle;
    }

    /** Zero bytes. */
    public void clear(MemorySegment to) {
        check(Cuda.cuMemsetD8Async(to.address(), (byte) 0, to.byteSize(), handle), "cuMemsetD8Async");
    }

    /** All of {@code from}, which is pinned, to the device. */
    public void upload(MemorySegment from, MemorySegment to) {
        requireRoom(from, to);
        check(Cuda.cuMemcpyHtoDAsync_v2(to.address(), from, from.byteSize(), handle), "cuMemcpyHtoDAsync");
    }

    /** All of {@code from} on the device to pinned memory. */
    public void download(MemorySegment from, MemorySegment to) {
        requireRoom(from, to);
        check(Cuda.cuMemcpyDtoHAsync_v2(to, from.address(), from.byteSize(), handle), "cuMemcpyDtoHAsync");
    }

    /** All of {@code from} to another place on the device. */
    public void copy(MemorySegment from, MemorySegment to) {
        requireRoom(from, to);
        check(Cuda.cuMemcpyDtoDAsync_v2(to.address(), from.address(), from.byteSize(), handle), "cuMemcpyDtoDAsync");
    }

    private static void requireRoom(MemorySegment from, MemorySegment to) {
        if (from.byteSize() > to.byteSize()) {
            throw new IndexOutOfBoundsException(from.byteSize() + " bytes into " + to.byteSize());
        }
    }

    /**
     * Waits until all is done.
     *
     * @param operation what it was, for the message of a fault
     */
    public void await(String operation) {
        check(Cuda.cuStreamSynchronize(handle), operation);
    }

    /** Records what {@code work} puts on this stream, which is not done now. */
    public GpuGraph capture(Runnable work) {
        check(Cuda.cuStreamBeginCapture_v2(handle, Cuda.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL()), "cuStreamBeginCapture");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment graph = arena.allocate(ValueLayout.ADDRESS);
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                // Ends the capture; what it answers says no more than e.
                Cuda.cuStreamEndCapture(handle, graph);
                MemorySegment part = graph.get(ValueLayout.ADDRESS, 0);
                if (part.address() != 0) {
                    Cuda.cuGraphDestroy(part);
                }
                throw e;
            }
            check(Cuda.cuStreamEndCapture(handle, graph), "cuStreamEndCapture");
            return GpuGraph.of(graph.get(ValueLayout.ADDRESS, 0));
        }
    }

    /** Ends it. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Cuda.cuStreamDestroy_v2(handle);
        }
    }
}
