package bitnet.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Tells terminals from pipes and files: {@code isatty} of the C library, which Java asks for input and output together only. */
final class Terminals {
    static final int STDIN = 0;
    static final int STDERR = 2;

    private Terminals() {}

    /** Whether a standard stream of this process is a terminal; false where that cannot be found out. */
    static boolean isTerminal(int stream) {
        try {
            Linker linker = Linker.nativeLinker();
            String name = System.getProperty("os.name").startsWith("Windows") ? "_isatty" : "isatty";
            MethodHandle isatty = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(name),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            return (int) isatty.invokeExact(stream) != 0;
        } catch (Throwable e) {
            return false;
        }
    }
}
