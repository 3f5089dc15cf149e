package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;
import static bitnet.cuda.driver.Check.failure;

import bitnet.BackendFailureException;
import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory of one owner: on the device, and pinned on the host, where the device can reach it. A segment of device memory is
 * an address with a size; the host never reads it. One thread at a time, which has entered the context.
 */
public final class GpuMemory implements AutoCloseable {
    private final GpuContext context;
    private final Map<Long, Long> device = new HashMap<>();
    private final Map<Long, Long> pinned = new HashMap<>();
    private long bytes;

    /** Nothing yet. */
    public GpuMemory(GpuContext context) {
        this.context = context;
    }

    /**
     * Device memory, holding zero bytes once {@code stream} has come so far.
     *
     * @param what for the message
     * @throws BackendFailureException if there is not enough
     */
    public MemorySegment allocate(long size, String what, GpuStream stream) {
        long room = Math.max(size, 1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ValueLayout.JAVA_LONG);
            int error = Cuda.cuMemAlloc_v2(address, room);
            if (error == Cuda.CUDA_ERROR_OUT_OF_MEMORY()) {
                throw new BackendFailureException(
                        "device " + context.device().index() + " ("
                                + context.device().name() + ") has no "
                                + mebibytes(room) + " MiB left for " + what + ": " + mebibytes(context.freeBytes())
                                + " of " + mebibytes(context.device().memoryBytes())
                                + " MiB are free, and this model has "
                                + mebibytes(bytes) + " MiB",
                        failure(error, "cuMemAlloc"));
            }
            check(error, "cuMemAlloc of " + room + " bytes for " + what);
            long at = address.get(ValueLayout.JAVA_LONG, 0);
            device.put(at, room);
            bytes += room;
            MemorySegment memory = MemorySegment.ofAddress(at).reinterpret(room);
            stream.clear(memory);
            return memory;
        }
    }

    /** Gives device memory back; from a device that failed the driver takes it by itself. */
    public void free(MemorySegment memory) {
        Long size = device.remove(memory.address());
        if (size != null) {
            bytes -= size;
            Cuda.cuMemFree_v2(memory.address());
        }
    }

    /** Host memory that the device copies from and to while both go on. */
    public MemorySegment pinned(long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
            int error = Cuda.cuMemHostAlloc(pointer, size, 0);
            if (error == Cuda.CUDA_ERROR_OUT_OF_MEMORY()) {
                throw new BackendFailureException(
                        "there is no " + mebibytes(size) + " MiB of host memory that can be pinned",
                        failure(error, "cuMemHostAlloc"));
            }
            check(error, "cuMemHostAlloc of " + size + " bytes");
            MemorySegment memory = pointer.get(ValueLayout.ADDRESS, 0).reinterpret(size);
            pinned.put(memory.address(), size);
            return memory.fill((byte) 0);
        }
    }

    /** Gives pinned memory back. */
    public void freePinned(MemorySegment memory) {
        if (pinned.remove(memory.address()) != null) {
            Cuda.cuMemFreeHost(memory);
        }
    }

    /** Bytes held on the device. */
    public long bytes() {
        return bytes;
    }

    private static long mebibytes(long size) {
        return (size + (1 << 20) - 1) >> 20;
    }

    /** Frees everything, as far as the driver lets it. */
    @Override
    public void close() {
        // A device that failed answers every call with its failure; the driver then frees all by itself.
        device.keySet().forEach(Cuda::cuMemFree_v2);
        pinned.keySet().forEach(address -> Cuda.cuMemFreeHost(MemorySegment.ofAddress(address)));
        device.clear();
        pinned.clear();
        bytes = 0;
    }
}
