package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bitnet.natives.NativeLibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The functions of {@code metal_double.h}. */
final class MetalDouble {
    private MetalDouble() {}

    /** Skips the test where there is no library to test, over Metal or over the double; where CI runs that is an error. */
    static void requireLibrary() {
        NativeLibraryException failure = null;
        try {
            MetalLibrary.require();
        } catch (NativeLibraryException e) {
            failure = e;
        }
        if (failure != null && "1".equals(System.getenv("BITNET_CI"))) {
            throw new AssertionError("nothing to test", failure);
        }
        assumeThat(failure).as("this build has no library").isNull();
        if (isThere()) {
            reset();
        }
    }

    /** Skips the test where the library does not stand over the double. */
    static void require() {
        requireLibrary();
        assumeThat(isThere()).as("this is a Mac's own Metal").isTrue();
    }

    /** Whether the library stands over the double. */
    static boolean isThere() {
        try {
            MetalLibrary.require();
        } catch (NativeLibraryException _) {
            return false; // after a test that was skipped for that reason
        }
        return MetalLibrary.symbols().find("metal_double_reset").isPresent();
    }

    /** Forgets violations, counts and planned failures. */
    static void reset() {
        call("metal_double_reset", FunctionDescriptor.ofVoid());
    }

    /** Nothing that Metal forbids was done, and nothing is left, as far as the double can tell. */
    static void requireClean() {
        if (!isThere()) {
            return;
        }
        MemorySegment first =
                (MemorySegment) call("metal_double_first_violation", FunctionDescriptor.of(ValueLayout.ADDRESS));
        assertThat(first.address() == 0 ? null : first.reinterpret(1024).getString(0))
                .as("what Metal forbids")
                .isNull();
        assertThat(live()).as("objects left").isZero();
    }

    /** Objects alive. */
    static long live() {
        return (long) call("metal_double_live", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    }

    /** What was done that Metal forbids: how often. */
    static long violations() {
        return (long) call("metal_double_violations", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    }

    /** The calls that can fail. */
    static List<String> fallible() {
        List<String> all = new ArrayList<>();
        while (true) {
            MemorySegment name = (MemorySegment) call(
                    "metal_double_fallible",
                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    all.size());
            if (name.address() == 0) {
                return all;
            }
            all.add(name.reinterpret(256).getString(0));
        }
    }

    /** How often a call was made. */
    static long calls(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) call(
                    "metal_double_calls",
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                    arena.allocateFrom(name));
        }
    }

    /** Lets a call fail once, after {@code more} further ones. */
    static void fail(String name, long more) {
        try (Arena arena = Arena.ofConfined()) {
            call(
                    "metal_double_fail",
                    FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
                    arena.allocateFrom(name),
                    more);
        }
    }

    /** Completes commands without running them. */
    static void idle() {
        call("metal_double_idle", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), 1);
    }

    /** What the GPU works with. */
    static void workingSet(long bytes) {
        call("metal_double_working_set", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), bytes);
    }

    /** The family of the GPU, and whether it has Metal 3. */
    static void family(int family, boolean metal3) {
        call(
                "metal_double_family",
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                family,
                metal3 ? 1 : 0);
    }

    private static Object call(String name, FunctionDescriptor type, Object... arguments) {
        var function = Linker.nativeLinker()
                .downcallHandle(MetalLibrary.symbols().find(name).orElseThrow(), type);
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
