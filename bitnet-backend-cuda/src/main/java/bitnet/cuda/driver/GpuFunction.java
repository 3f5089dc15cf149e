package bitnet.cuda.driver;

import java.lang.foreign.MemorySegment;

/**
 * A kernel, whose one argument is a struct.
 *
 * @param name in the source
 * @param handle the driver's
 */
public record GpuFunction(String name, MemorySegment handle) {
    /** Blocks of a launch. Those that differ in z only are a cluster: they run at once. */
    public record Grid(int x, int y, int z) {
        @Override
        public String toString() {
            return x + " x " + y + " x " + z;
        }
    }
}
