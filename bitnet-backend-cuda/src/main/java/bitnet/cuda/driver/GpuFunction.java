package bitnet.cuda.driver;

import java.lang.foreign.MemorySegment;

/**
 * A kernel, whose one argument is a struct.
 *
 * @param name in the source
 * @param handle the driver's
 */
public record GpuFunction(String name, MemorySegment handle) {
    /**
     * Blocks of a launch.
     *
     * @param clusters whether those that differ in z only are a cluster, up to eight: they run at once
     */
    public record Grid(int x, int y, int z, boolean clusters) {
        /** No clusters. */
        public Grid(int x, int y, int z) {
            this(x, y, z, false);
        }

        @Override
        public String toString() {
            return x + " x " + y + " x " + z;
        }
    }
}
