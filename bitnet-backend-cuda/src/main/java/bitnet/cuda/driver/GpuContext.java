package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;

import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The primary context of a device, which all models on it share. A thread {@linkplain #enter() enters} it around its calls
 * to the driver.
 */
public final class GpuContext implements AutoCloseable {
    private final GpuDevice device;
    private final MemorySegment handle;
    private boolean closed;

    private GpuContext(GpuDevice device, MemorySegment handle) {
        this.device = device;
        this.handle = handle;
    }

    /** Retains the context of a device. */
    public static GpuContext open(GpuDevice device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = arena.allocate(ValueLayout.ADDRESS);
            check(
                    Cuda.cuDevicePrimaryCtxRetain(context, device.handle()),
                    "cuDevicePrimaryCtxRetain of device " + device.index());
            return new GpuContext(device, context.get(ValueLayout.ADDRESS, 0));
        }
    }

    /** Leaves the context on {@link #close()}. */
    public static final class Entered implements AutoCloseable {
        private static final Entered NOTHING = new Entered(false);
        private static final Entered CONTEXT = new Entered(true);
        private final boolean entered;

        private Entered(boolean entered) {
            this.entered = entered;
        }

        @Override
        public void close() {
            if (entered) {
                try (Arena arena = Arena.ofConfined()) {
                    // It only fails where there is nothing to leave.
                    Cuda.cuCtxPopCurrent_v2(arena.allocate(ValueLayout.ADDRESS));
                }
            }
        }
    }

    /** Makes the context the calling thread's own until the result is closed. */
    public Entered enter() {
        check(Cuda.cuCtxPushCurrent_v2(handle), "cuCtxPushCurrent");
        return Entered.CONTEXT;
    }

    /** To free what is there, as far as the driver still lets it. */
    public Entered enterToClose() {
        return Cuda.cuCtxPushCurrent_v2(handle) == Cuda.CUDA_SUCCESS() ? Entered.CONTEXT : Entered.NOTHING;
    }

    /** The device. */
    public GpuDevice device() {
        return device;
    }

    /** Bytes of the device's memory that nobody uses. */
    public long freeBytes() {
        try (var _ = enter();
                Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment total = arena.allocate(ValueLayout.JAVA_LONG);
            check(Cuda.cuMemGetInfo_v2(free, total), "cuMemGetInfo");
            return free.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** Releases the context. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Cuda.cuDevicePrimaryCtxRelease_v2(device.handle());
        }
    }
}
