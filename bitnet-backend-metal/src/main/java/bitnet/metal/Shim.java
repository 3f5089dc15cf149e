package bitnet.metal;

/**
 * The native methods: life cycle and errors. Handles are addresses of native objects; whoever makes one frees it once. The
 * operations of a step are in {@code bitnet_metal.h}.
 */
final class Shim {
    private Shim() {}

    /** Opens the system's GPU. */
    static native long openDevice() throws MetalException;

    /** Makes all kernels ready to run on it. */
    static native void compileKernels(long device) throws MetalException;

    /** Frees a device, which has no stream and no buffer any more. */
    static native void closeDevice(long device);

    /** What Metal calls the GPU. */
    static native String name(long device);

    /** N for the newest family AppleN that it belongs to, 0 if it is not Apple's. */
    static native int family(long device);

    /** Whether it has what the kernels need: memory shared with the CPU, and family Apple7 or Metal 3. */
    static native boolean isSuitable(long device);

    /** Bytes that the GPU works with at full speed. */
    static native long workingSetBytes(long device);

    /** Bytes of a page of memory. */
    static native long pageBytes();

    /** New memory with any content. */
    static native long allocate(long device, long bytes) throws MetalException;

    /** Whole pages of someone else's memory as a buffer. */
    static native long wrap(long device, long address, long bytes) throws MetalException;

    /** Where the CPU sees a buffer. */
    static native long contents(long buffer);

    /** Where the GPU sees it. */
    static native long gpuAddress(long buffer);

    /** Frees a buffer. */
    static native void release(long buffer);

    /** Opens a stream, which sends what it has recorded after so many multiply-and-adds. */
    static native long openStream(long device, long sendWork) throws MetalException;

    /** Waits for the GPU and frees a stream. */
    static native void closeStream(long stream);
}
