package bitnet.spi;

import org.jspecify.annotations.Nullable;

/** What a backend says about the machine. */
public sealed interface Probe {
    /**
     * It works here.
     *
     * @param version of the library, driver or framework
     * @param isa instruction set or device name, such as {@code avx512-vnni}
     * @param memoryBytes memory that models may take, or -1 if it is not limited apart from the machine's
     */
    record Usable(String version, String isa, long memoryBytes) implements Probe {}

    /**
     * The machine has no such device, or the backend is for another system. Nothing is wrong, so nobody is warned.
     *
     * @param reason one sentence: what is not there
     */
    record Absent(String reason) implements Probe {}

    /**
     * It should work here, and does not.
     *
     * @param reason one sentence: what is missing, and the cure where there is one
     * @param cause the failure behind it
     */
    record Unusable(String reason, @Nullable Throwable cause) implements Probe {
        /** Without a failure behind it. */
        public Unusable(String reason) {
            this(reason, null);
        }
    }
}
