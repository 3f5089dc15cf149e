package bitnet.metal;

import bitnet.BackendFailureException;
import bitnet.natives.NativeLibraryException;

/** The GPU, open, with its kernels ready. Not thread-safe. */
final class MetalDevice implements AutoCloseable {
    private final long handle;
    private final String name;
    private final int family;
    private final long workingSetBytes;
    private boolean closed;

    private MetalDevice(long handle) {
        this.handle = handle;
        name = Shim.name(handle);
        family = Shim.family(handle);
        workingSetBytes = Shim.workingSetBytes(handle);
    }

    /**
     * Opens the GPU and makes its kernels ready.
     *
     * @throws NativeLibraryException if the native library cannot be had
     * @throws MetalException if there is no GPU, or none that will do, or Metal refuses the kernels
     */
    static MetalDevice open() throws NativeLibraryException, MetalException {
        MetalLibrary.require();
        MetalDevice device = new MetalDevice(Shim.openDevice());
        try {
            device.requireSuitable();
            Shim.compileKernels(device.handle);
            return device;
        } catch (MetalException | RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }

    private void requireSuitable() throws MetalException {
        if (!Shim.isSuitable(handle)) {
            throw new MetalException(
                    "bitnet",
                    0,
                    "the GPU (" + describe()
                            + ") has not what the kernels need: unified memory, and family Apple7 or Metal 3");
        }
    }

    /** What Metal calls it, and its family. */
    String describe() {
        return name + ", family Apple" + family;
    }

    /** Bytes that it works with at full speed. */
    long workingSetBytes() {
        return workingSetBytes;
    }

    /** New memory with any content. */
    MetalBuffer allocate(long bytes) throws MetalException {
        return new MetalBuffer(Shim.allocate(handle, bytes), bytes);
    }

    /** A stream that sends what it has recorded after so many multiply-and-adds. */
    CommandStream stream(long sendWork) {
        try {
            return new CommandStream(Shim.openStream(handle, sendWork));
        } catch (MetalException e) {
            throw new BackendFailureException("Metal failed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Shim.closeDevice(handle);
        }
    }
}
