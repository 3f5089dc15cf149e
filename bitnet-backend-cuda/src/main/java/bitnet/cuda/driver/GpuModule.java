package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;

import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Kernels on a device. */
public final class GpuModule implements AutoCloseable {
    private final MemorySegment handle;
    private boolean closed;

    private GpuModule(MemorySegment handle) {
        this.handle = handle;
    }

    /** Loads a fat binary into the entered context: the driver takes what fits the device, or compiles it. */
    public static GpuModule load(MemorySegment image) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment module = arena.allocate(ValueLayout.ADDRESS);
            check(Cuda.cuModuleLoadData(module, image), "cuModuleLoadData");
            return new GpuModule(module.get(ValueLayout.ADDRESS, 0));
        }
    }

    /** The kernel of that name, which may use {@code sharedBytes} of shared memory that is sized at launch. */
    public GpuFunction function(String name, int sharedBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment function = arena.allocate(ValueLayout.ADDRESS);
            check(
                    Cuda.cuModuleGetFunction(function, handle, arena.allocateFrom(name)),
                    "cuModuleGetFunction of " + name);
            MemorySegment found = function.get(ValueLayout.ADDRESS, 0);
            if (sharedBytes > 0) {
                check(
                        Cuda.cuFuncSetAttribute(
                                found, Cuda.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES(), sharedBytes),
                        "cuFuncSetAttribute of " + name);
            }
            return new GpuFunction(name, found);
        }
    }

    /** Unloads it. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Cuda.cuModuleUnload(handle);
        }
    }
}
