package bitnet.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.OptionalLong;

/** The most memory that this process had resident: {@code ru_maxrss} of getrusage(2). Mapped files count while they are. */
final class PeakMemory {
    private static final int SELF = 0;
    /** After two {@code timeval} of 16 bytes, on 64-bit Linux and macOS. */
    private static final long MAXIMUM_RESIDENT = 32;

    private static final long STRUCT_BYTES = 144;

    private PeakMemory() {}

    /** In bytes; empty where the system does not say. */
    static OptionalLong bytes() {
        String system = System.getProperty("os.name");
        boolean mac = system.startsWith("Mac");
        if (!mac && !system.startsWith("Linux")) {
            return OptionalLong.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            MethodHandle getrusage = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("getrusage"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
            MemorySegment usage = arena.allocate(STRUCT_BYTES, Long.BYTES);
            int failed = (int) getrusage.invokeExact(SELF, usage);
            long maximum = usage.get(ValueLayout.JAVA_LONG, MAXIMUM_RESIDENT);
            return failed != 0 ? OptionalLong.empty() : OptionalLong.of(mac ? maximum : maximum * 1024);
        } catch (Throwable e) {
            return OptionalLong.empty();
        }
    }
}
