package bitnet.coreml.ffm;

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

/** The native library. It is opened once, when first asked for, and stays open. */
public final class CoreMlLibrary {
    /** Of the header that the bindings were made from; read by whoever opens the library, before anything else of it. */
    static final int ABI_VERSION = 1;

    /** Where there is no Core ML there is at most a test double of it, in the class path of tests; no jar carries one. */
    private static final String NAME =
            NativePlatform.current().os().equals("macos") ? "bitnet_coreml" : "bitnet_coreml_double";

    private CoreMlLibrary() {}

    private record Opened(
            @Nullable SymbolLookup symbols, @Nullable NativeLibraryException failure) {
        static final Opened LIBRARY = open();

        private static Opened open() {
            try {
                return new Opened(
                        NativeLibrary.open(CoreMlLibrary.class, NAME, file -> CoreMlLibrary.open(file, ABI_VERSION)),
                        null);
            } catch (NativeLibraryException e) {
                return new Opened(null, e);
            }
        }
    }

    /** Opens a library whose interface has this version. */
    static SymbolLookup open(Path file, int wanted) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(file, Arena.global());
        int version = abiVersion(symbols);
        if (version != wanted) {
            throw new UnsatisfiedLinkError("its interface has version " + version + " and not " + wanted);
        }
        return symbols;
    }

    private static int abiVersion(SymbolLookup symbols) {
        var function = Linker.nativeLinker()
                .downcallHandle(
                        symbols.find("bitnet_coreml_abi_version")
                                .orElseThrow(() -> new UnsatisfiedLinkError("it has no bitnet_coreml_abi_version")),
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
