package bitnet.coreml.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import bitnet.natives.NativePlatform;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import org.assertj.core.api.Assumptions;

/** What tests set in the test double of Core ML: {@code native/sim/coreml/include/fake_coreml.h}. */
public final class FakeCoreMl {
    /** As {@code FAKE_COREML_ERROR} and {@code FAKE_COREML_EXCEPTION}. */
    public enum Failure {
        ERROR,
        EXCEPTION
    }

    /** Computes in place of Core ML. */
    @FunctionalInterface
    public interface Executor {
        /** Fills the outputs, and changes the states. */
        void run(Path compiled, String function, Arrays inputs, Arrays outputs, Arrays states) throws Exception;
    }

    private static volatile Executor executor;

    private FakeCoreMl() {}

    /** Skips the test, or fails it where CI runs, if the double was not built. */
    public static void require() {
        Assumptions.assumeThat(NativePlatform.current().os())
                .as("where there is Core ML there is no double of it")
                .isNotEqualTo("macos");
        NativeTests.requireLibrary();
        Functions.INSTALLED.run();
    }

    /** Has this compute from now on. */
    public static void executeBy(Executor next) {
        executor = next;
    }

    /** Objects of Core ML that live. */
    public static int live() {
        return (int) invoke(Functions.LIVE, MemorySegment.NULL);
    }

    /** The next call into Core ML but {@code after} fails. */
    public static void fail(int after, Failure kind) {
        invoke(Functions.FAIL, after, kind.ordinal() + 1);
    }

    /** Takes that back. Returns whether it is still to come. */
    public static boolean failNoMore() {
        return (int) invoke(Functions.FAIL_NO_MORE) != 0;
    }

    /** Whether predictions answer with arrays of their own, padded, in place of those that they are offered. */
    public static void ownOutputs(boolean own) {
        invoke(Functions.OWN_OUTPUTS, own ? 1 : 0);
    }

    /** Plans all operations of a type for the CPU. */
    public static void keepOnCpu(String operation) {
        try (Arena arena = Arena.ofConfined()) {
            invoke(Functions.KEEP_ON_CPU, operation == null ? MemorySegment.NULL : arena.allocateFrom(operation));
        }
    }

    private static Object invoke(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static final class Functions {
        static final MethodHandle LIVE = function("fake_coreml_live", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        static final MethodHandle FAIL = function("fake_coreml_fail", FunctionDescriptor.ofVoid(JAVA_INT, JAVA_INT));
        static final MethodHandle FAIL_NO_MORE = function("fake_coreml_fail_no_more", FunctionDescriptor.of(JAVA_INT));
        static final MethodHandle OWN_OUTPUTS =
                function("fake_coreml_own_outputs", FunctionDescriptor.ofVoid(JAVA_INT));
        static final MethodHandle KEEP_ON_CPU = function("fake_coreml_keep_on_cpu", FunctionDescriptor.ofVoid(ADDRESS));
        static final Runnable INSTALLED = install();

        private static MethodHandle function(String name, FunctionDescriptor type) {
            return Linker.nativeLinker().downcallHandle(CoreMlLibrary.symbols().findOrThrow(name), type);
        }

        private static Runnable install() {
            MemoryLayout string = ADDRESS.withTargetLayout(
                    MemoryLayout.sequenceLayout(1 << 16, java.lang.foreign.ValueLayout.JAVA_BYTE));
            FunctionDescriptor type = FunctionDescriptor.of(
                    JAVA_INT, string, string, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS,
                    JAVA_INT);
            try {
                MethodHandle run = MethodHandles.lookup().findStatic(Functions.class, "run", type.toMethodType());
                MemorySegment stub = Linker.nativeLinker().upcallStub(run, type, Arena.global());
                invoke(function("fake_coreml_execute_by", FunctionDescriptor.ofVoid(ADDRESS)), stub);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
            return () -> {};
        }

        private static int run(
                MemorySegment compiled,
                MemorySegment function,
                MemorySegment inputs,
                int inputCount,
                MemorySegment outputs,
                int outputCount,
                MemorySegment states,
                int stateCount,
                MemorySegment text,
                int room) {
            try {
                executor.run(
                        Path.of(compiled.getString(0)),
                        function.getString(0),
                        new Arrays(inputs, inputCount),
                        new Arrays(outputs, outputCount),
                        new Arrays(states, stateCount));
                return 0;
            } catch (Throwable e) { // nothing may pass through native code
                String message = e.toString();
                text.reinterpret(room).setString(0, message.substring(0, Math.min(message.length(), room / 4)));
                return 1;
            }
        }
    }
}
