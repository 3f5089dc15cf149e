package bitnet.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The kernels, as nvcc made them for all kinds of devices at once. */
final class KernelImage {
    private static final String RESOURCE = "/META-INF/native/bitnet/cuda/bitnet_cuda.fatbin";

    private KernelImage() {}

    /** Whether this build has them. */
    static boolean isThere() {
        return KernelImage.class.getResource(RESOURCE) != null;
    }

    /** All of them, where the driver can read them. */
    static MemorySegment read(Arena arena) {
        try (InputStream in = KernelImage.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("this build has no CUDA kernels");
            }
            byte[] bytes = in.readAllBytes();
            MemorySegment image = arena.allocate(bytes.length, 64);
            MemorySegment.copy(bytes, 0, image, ValueLayout.JAVA_BYTE, 0, bytes.length);
            return image;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
