package bitnet.metal;

import bitnet.natives.NativeLibrary;
import bitnet.natives.NativeLibraryException;
import bitnet.natives.NativePlatform;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The native library. It is opened once, when first asked for, and stays open: for JNI and for
 * the generated bindings of the calls of every token.
 */
public final class MetalLibrary {
    /**
     * For tests: {@code true} lets the backend load its library on any system, where it stands over a double of Apple's
     * frameworks. No jar has that one; {@code -Dbitnet.native.path} has to name its directory as well.
     */
    public static final String DOUBLE_PROPERTY = "bitnet.metal.double";

    /** Of the header that the bindings were made from. */
    static final int ABI_VERSION = 2;

    private static final String NAME = "bitnet_metal";
    private static final NativePlatform MAC = new NativePlatform("macos", "aarch64");

    private MetalLibrary() {}

    private record Opened(
            @Nullable SymbolLookup symbols, @Nullable NativeLibraryException failure) {
        static final Opened LIBRARY = open();

        private static Opened open() {
            try {
                return new Opened(
                        NativeLibrary.open(MetalLibrary.class, NAME, file -> MetalLibrary.open(file, ABI_VERSION)),
                        null);
            } catch (NativeLibraryException e) {
                return new Opened(null, e);
            }
        }
    }

    /** Whether a machine of this kind can have Metal on Apple silicon. */
    static boolean suits(NativePlatform platform) {
        return platform.equals(MAC);
    }

    /** Whether the library may be one over the double. */
    static boolean isDoubled() {
        return Boolean.getBoolean(DOUBLE_PROPERTY);
    }

    /** Opens a library whose interface has this version, for JNI as well. */
    @SuppressWarnings("restricted")
    static SymbolLookup open(Path file, int wanted) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(file, Arena.global());
        int version = abiVersion(symbols);
        if (version != wanted) {
            throw new UnsatisfiedLinkError("its interface has version " + version + " and not " + wanted);
        }
        System.load(file.toString());
        return symbols;
    }

    private static int abiVersion(SymbolLookup symbols) {
        var function = Linker.nativeLinker()
                .downcallHandle(
                        symbols.find("bitnet_abi_version")
                                .orElseThrow(() -> new UnsatisfiedLinkError("it has no bitnet_abi_version")),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT));
        try {
            return (int) function.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("native code throws nothing", e);
        }
    }

    /**
     * Opens the library, unless that was done before.
     *
     * @throws NativeLibraryException if it cannot be had, the same one each time
     */
    public static void require() throws NativeLibraryException {
        NativeLibraryException failure = Opened.LIBRARY.failure();
        if (failure != null) {
            throw failure;
        }
    }

    /** The library's symbols, for the generated bindings. */
    public static SymbolLookup symbols() {
        SymbolLookup symbols = Opened.LIBRARY.symbols();
        if (symbols == null) {
            throw new IllegalStateException("the native library is not there", Opened.LIBRARY.failure());
        }
        return symbols;
    }
}
