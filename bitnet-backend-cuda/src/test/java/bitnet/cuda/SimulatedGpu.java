package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bitnet.cuda.driver.CudaLibrary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The driver that tests run on: that of native/sim/cuda, which is built here, or with {@code -Dbitnet.cuda.test=gpu} the
 * machine's own. What a test sets of the simulated one lasts until {@link #reset()}.
 */
public final class SimulatedGpu {
    /** {@code gpu} for tests on a real one. */
    static final String TEST_PROPERTY = "bitnet.cuda.test";

    private static final Path SOURCE = Path.of("..", "native", "sim", "cuda").toAbsolutePath();
    private static final Path BUILD = Path.of("target", "native-sim").toAbsolutePath();
    private static final Path LIBRARY = BUILD.resolve("libbitnet_sim_cuda.so");
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final class Built {
        static final String PROBLEM = build();
    }

    private SimulatedGpu() {}

    /** Whether tests are to use the machine's GPU. */
    static boolean isReal() {
        return "gpu".equals(System.getProperty(TEST_PROPERTY));
    }

    /** Makes the driver that of the tests; skips the test, or fails it in CI, where there is none. */
    public static void require() {
        if (isReal()) {
            return;
        }
        if (!Built.PROBLEM.isEmpty()) {
            if ("1".equals(System.getenv("BITNET_CI"))) {
                throw new AssertionError("no simulated driver: " + Built.PROBLEM);
            }
            assumeThat(Built.PROBLEM).as("there is no simulated driver").isEmpty();
        }
        System.setProperty(CudaLibrary.PATH_PROPERTY, LIBRARY.toString());
        System.setProperty(Rehearsal.PROPERTY, "false"); // a simulated prompt takes seconds
        if (!KernelImage.isThere() && !"1".equals(System.getenv("BITNET_CI"))) {
            assumeThat(KernelImage.isThere())
                    .as("this build has no CUDA kernels")
                    .isTrue();
        }
        reset();
    }

    /** As {@link #require()}, for tests of what no real GPU does. */
    public static void requireSimulated() {
        assumeThat(isReal()).as("the machine's GPU is under test").isFalse();
        require();
    }

    /** The library itself. */
    public static Path library() {
        return LIBRARY;
    }

    private static String build() {
        Optional<Path> include = cudaInclude();
        if (include.isEmpty()) {
            return "there is no cuda.h beside an nvcc on the PATH";
        }
        Path log = BUILD.resolve("build.log");
        try {
            Files.createDirectories(BUILD);
            List<String> configure = List.of(
                    "cmake",
                    "-S",
                    SOURCE.toString(),
                    "-B",
                    BUILD.toString(),
                    "-G",
                    "Ninja",
                    "-DCMAKE_BUILD_TYPE=Release",
                    "-DCMAKE_CXX_COMPILER=clang++-19",
                    "-DBITNET_CUDA_INCLUDE=" + include.get());
            Files.deleteIfExists(log);
            boolean built = run(configure, log) && run(List.of("cmake", "--build", BUILD.toString(), "-j", "2"), log);
            return built ? "" : "it does not build: see " + log;
        } catch (IOException e) {
            return "cmake, ninja or clang++-19 is missing: " + e.getMessage();
        }
    }

    private static boolean run(List<String> command, Path log) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        try {
            return process.waitFor() == 0;
        } catch (InterruptedException e) {
            process.destroy();
            throw new IOException(e);
        }
    }

    /** nvcc may be a script that starts the real one, so the usual places come first. */
    private static Optional<Path> cudaInclude() {
        List<Path> places = new ArrayList<>();
        places.add(Path.of("/usr/local/cuda/include"));
        try (var versions = Files.newDirectoryStream(Path.of("/usr/local"), "cuda-*")) {
            versions.forEach(version -> places.add(version.resolve("include")));
        } catch (IOException e) {
            // There are none.
        }
        for (String directory : System.getenv("PATH").split(":")) {
            places.add(Path.of(directory).resolveSibling("include"));
        }
        return places.stream()
                .filter(place -> Files.isRegularFile(place.resolve("cuda.h")))
                .findFirst();
    }

    // ---- What the simulated driver can be told and asked ----

    public static void set(String setting, long value) {
        call("bitnet_sim_cuda_set", FunctionDescriptor.ofVoid(POINTER, ValueLayout.JAVA_LONG), setting, value);
    }

    /** The call of a function after {@code after} others of it fails. */
    static void fail(String function, long after, int error) {
        call(
                "bitnet_sim_cuda_fail",
                FunctionDescriptor.ofVoid(POINTER, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
                function,
                after,
                error);
    }

    /** The next run of a kernel ends in an illegal address. */
    static void fault(String kernel) {
        call("bitnet_sim_cuda_fault", FunctionDescriptor.ofVoid(POINTER), kernel);
    }

    static long calls(String function) {
        return (long) call("bitnet_sim_cuda_calls", FunctionDescriptor.of(ValueLayout.JAVA_LONG, POINTER), function);
    }

    /** Handles and allocations that somebody still has. */
    static long live() {
        return (long) call("bitnet_sim_cuda_live", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    }

    /** What went wrong on the device, or an empty string. */
    static String whatFailed() {
        MemorySegment text = (MemorySegment) call("bitnet_sim_cuda_what_failed", FunctionDescriptor.of(POINTER));
        return text.reinterpret(Long.MAX_VALUE).getString(0);
    }

    /** The settings and the health of a new device. */
    public static void reset() {
        call("bitnet_sim_cuda_reset", FunctionDescriptor.ofVoid());
    }

    /** Nothing is left of what a test made. */
    public static void requireNothingLeft() {
        assertThat(live()).as("handles and allocations left").isZero();
    }

    private static Object call(String function, FunctionDescriptor descriptor, Object... arguments) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        var handle = Linker.nativeLinker().downcallHandle(symbols.findOrThrow(function), descriptor);
        try (Arena arena = Arena.ofConfined()) {
            Object[] converted = arguments.clone();
            for (int i = 0; i < converted.length; i++) {
                converted[i] = converted[i] instanceof String text ? arena.allocateFrom(text) : converted[i];
            }
            Object answer = handle.invokeWithArguments(converted);
            return answer == null ? "" : answer;
        } catch (Throwable e) {
            throw new AssertionError(function, e);
        }
    }
}
