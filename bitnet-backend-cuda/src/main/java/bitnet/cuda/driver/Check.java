package bitnet.cuda.driver;

import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Turns the driver's answers into exceptions. */
final class Check {
    private Check() {}

    /** @throws CudaException unless {@code error} is 0 */
    static void check(int error, String operation) {
        if (error != Cuda.CUDA_SUCCESS()) {
            throw failure(error, operation);
        }
    }

    static CudaException failure(int error, String operation) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(ValueLayout.ADDRESS);
            String name = Cuda.cuGetErrorName(error, text) == 0 ? string(text) : "CUDA error " + error;
            String words = Cuda.cuGetErrorString(error, text) == 0 ? string(text) : "no description";
            return new CudaException(name, words, operation);
        }
    }

    private static String string(MemorySegment pointer) {
        return pointer.get(ValueLayout.ADDRESS, 0).reinterpret(Long.MAX_VALUE).getString(0);
    }
}
