package bitnet.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The driver's library. It comes with the driver of the graphics card, never with this project; it is opened once, when
 * first asked for, and stays open.
 */
public final class CudaLibrary {
    /** Names the driver's library where it is not where the system looks for libraries. */
    public static final String PATH_PROPERTY = "bitnet.cuda.library";

    /** CUDA 13.0, whose compiler made the kernels: an older driver cannot load them. */
    static final int OLDEST = 13000;

    private CudaLibrary() {}

    /**
     * What came of opening it.
     *
     * @param symbols of the library, if it is good
     * @param version of CUDA that the driver has, such as 13000; 0 if unknown
     * @param problem one sentence, if there is one
     * @param cause the failure behind it
     */
    record Opened(
            @Nullable SymbolLookup symbols,
            int version,
            String problem,
            @Nullable Throwable cause) {
        static Opened open(@Nullable String path) {
            try {
                SymbolLookup symbols = lookup(path);
                int version = CudaLibrary.version(symbols);
                return version < OLDEST
                        ? problem(version, tooOld(version), null)
                        : new Opened(symbols, version, "", null);
            } catch (IllegalCallerException e) {
                String module = CudaLibrary.class.getModule().isNamed()
                        ? CudaLibrary.class.getModule().getName()
                        : "ALL-UNNAMED";
                return problem(0, "start the JVM with --enable-native-access=" + module, e);
            } catch (IllegalArgumentException e) {
                return problem(0, "there is no CUDA driver: " + e.getMessage(), e);
            } catch (UnsatisfiedLinkError e) {
                return problem(0, "the CUDA driver cannot be used: " + e.getMessage(), e);
            }
        }

        private static Opened problem(int version, String problem, @Nullable Throwable cause) {
            return new Opened(null, version, problem, cause);
        }
    }

    /** Opened when it is first asked for. */
    private static final class Installed {
        static final Opened LIBRARY = Opened.open(System.getProperty(PATH_PROPERTY));
    }

    private static SymbolLookup lookup(@Nullable String path) {
        if (path == null) {
            return SymbolLookup.libraryLookup(fileName(System.getProperty("os.name", "")), Arena.global());
        }
        Path file = Path.of(path);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("-D" + PATH_PROPERTY + "=" + path + " is not a file");
        }
        return SymbolLookup.libraryLookup(file, Arena.global());
    }

    static String fileName(String os) {
        return os.toLowerCase(Locale.ROOT).startsWith("windows") ? "nvcuda.dll" : "libcuda.so.1";
    }

    /** By hand, since the generated bindings are for drivers that are new enough. */
    private static int version(SymbolLookup symbols) {
        var function = Linker.nativeLinker()
                .downcallHandle(
                        symbols.find("cuDriverGetVersion")
                                .orElseThrow(() -> new UnsatisfiedLinkError("it has no cuDriverGetVersion")),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = arena.allocate(ValueLayout.JAVA_INT);
            int error = (int) function.invokeExact(version);
            if (error != 0) {
                throw new UnsatisfiedLinkError("cuDriverGetVersion answers " + error);
            }
            return version.get(ValueLayout.JAVA_INT, 0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("native code throws nothing", e);
        }
    }

    private static String tooOld(int version) {
        return "the driver is for CUDA " + versionName(version) + ", which is too old: the kernels need "
                + versionName(OLDEST) + " or newer";
    }

    /** {@code 13.0} for 13000. */
    static String versionName(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    /** Why there is no driver to use, in one sentence; null if there is one. */
    public static @Nullable String problem() {
        return Installed.LIBRARY.symbols() == null ? Installed.LIBRARY.problem() : null;
    }

    /** Whether the system has no driver, which is so on every machine without such a graphics card. */
    public static boolean isAbsent() {
        return cause() instanceof IllegalArgumentException && System.getProperty(PATH_PROPERTY) == null;
    }

    /** The failure behind {@link #problem()}, if there was one. */
    public static @Nullable Throwable cause() {
        return Installed.LIBRARY.cause();
    }

    /** Such as {@code 13.0}. */
    public static String version() {
        return versionName(Installed.LIBRARY.version());
    }

    /** For the generated bindings. */
    public static SymbolLookup symbols() {
        SymbolLookup symbols = Installed.LIBRARY.symbols();
        if (symbols == null) {
            throw new IllegalStateException(Installed.LIBRARY.problem(), Installed.LIBRARY.cause());
        }
        return symbols;
    }
}
