package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;

import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One GPU.
 *
 * @param index among the devices that the driver shows, from 0
 * @param handle the driver's
 * @param name such as {@code NVIDIA H200}
 * @param capability the compute capability, ten times: 90 for 9.0
 * @param memoryBytes all of its memory
 * @param multiprocessors that run blocks of threads
 * @param sharedBytes shared memory that one block may have
 */
public record GpuDevice(
        int index, int handle, String name, int capability, long memoryBytes, int multiprocessors, int sharedBytes) {
    /**
     * How many devices there are.
     *
     * @throws CudaException if the driver has none or cannot be used
     */
    public static int count() {
        check(Cuda.cuInit(0), "cuInit");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            check(Cuda.cuDeviceGetCount(count), "cuDeviceGetCount");
            return count.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** The device of an index below {@link #count()}. */
    public static GpuDevice of(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(ValueLayout.JAVA_INT);
            check(Cuda.cuDeviceGet(handle, index), "cuDeviceGet of device " + index);
            int device = handle.get(ValueLayout.JAVA_INT, 0);
            MemorySegment name = arena.allocate(256);
            check(Cuda.cuDeviceGetName(name, 256, device), "cuDeviceGetName");
            MemorySegment bytes = arena.allocate(ValueLayout.JAVA_LONG);
            check(Cuda.cuDeviceTotalMem_v2(bytes, device), "cuDeviceTotalMem");
            int major = attribute(device, Cuda.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR());
            int minor = attribute(device, Cuda.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR());
            return new GpuDevice(
                    index,
                    device,
                    name.getString(0),
                    10 * major + minor,
                    bytes.get(ValueLayout.JAVA_LONG, 0),
                    attribute(device, Cuda.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT()),
                    attribute(device, Cuda.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN()));
        }
    }

    private static int attribute(int device, int attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
            check(Cuda.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute " + attribute);
            return value.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** Such as {@code 9.0}. */
    public String capabilityName() {
        return capability / 10 + "." + capability % 10;
    }
}
