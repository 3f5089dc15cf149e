package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;

import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A point in a stream that can be waited for, and whose time can be told. */
public final class GpuEvent implements AutoCloseable {
    private final MemorySegment handle;
    private boolean closed;

    private GpuEvent(MemorySegment handle) {
        this.handle = handle;
    }

    /** A new event of the entered context. */
    public static GpuEvent open() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(ValueLayout.ADDRESS);
            check(Cuda.cuEventCreate(event, Cuda.CU_EVENT_DEFAULT()), "cuEventCreate");
            return new GpuEvent(event.get(ValueLayout.ADDRESS, 0));
        }
    }

    /** Makes it the point that the stream has come to so far. */
    public void record(GpuStream stream) {
        check(Cuda.cuEventRecord(handle, stream.handle()), "cuEventRecord");
    }

    /** Waits until the device has come to it. */
    public void await(String operation) {
        check(Cuda.cuEventSynchronize(handle), operation);
    }

    /** Milliseconds from an earlier event, when both have been reached. */
    public float millisecondsSince(GpuEvent earlier) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment milliseconds = arena.allocate(ValueLayout.JAVA_FLOAT);
            check(Cuda.cuEventElapsedTime_v2(milliseconds, earlier.handle, handle), "cuEventElapsedTime");
            return milliseconds.get(ValueLayout.JAVA_FLOAT, 0);
        }
    }

    /** Ends it. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Cuda.cuEventDestroy_v2(handle);
        }
    }
}
