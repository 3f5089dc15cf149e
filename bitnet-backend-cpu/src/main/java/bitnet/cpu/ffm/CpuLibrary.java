package bitnet.cpu.ffm;

import bitnet.cpu.ffm.gen.BitnetCpu;
import bitnet.natives.NativeLibrary;
import bitnet.natives.NativeLibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The native library and its instruction sets. It is opened once, when first asked for, and stays open. */
public final class CpuLibrary {
    /** Names the instruction set to use in place of the best one, such as {@code avx2}. */
    public static final String ISA_PROPERTY = "bitnet.cpu.isa";

    /** Of the header that the bindings were made from; read by whoever opens the library, before anything else of it. */
    static final int ABI_VERSION = 7;

    private static final String NAME = "bitnet_cpu";

    private CpuLibrary() {}

    private record Opened(
            @Nullable SymbolLookup symbols, @Nullable NativeLibraryException failure) {
        static final Opened LIBRARY = open();

        private static Opened open() {
            try {
                return new Opened(
                        NativeLibrary.open(CpuLibrary.class, NAME, file -> CpuLibrary.open(file, ABI_VERSION)), null);
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

    /**
     * The instruction set that {@value #ISA_PROPERTY} names, or the best one here.
     *
     * @throws IllegalArgumentException if there is none of that name here
     */
    public static int isa() {
        String wanted = System.getProperty(ISA_PROPERTY);
        if (wanted == null) {
            return BitnetCpu.bitnet_isa_best();
        }
        for (int isa : supported()) {
            if (name(isa).equals(wanted)) {
                return isa;
            }
        }
        throw new IllegalArgumentException("-D" + ISA_PROPERTY + "=" + wanted
                + " is not among the instruction sets here: "
                + String.join(", ", supported().stream().map(CpuLibrary::name).toList()));
    }

    /** The instruction sets that can be used here, in ascending order of preference. */
    public static List<Integer> supported() {
        List<Integer> all = new ArrayList<>();
        for (int isa = 0; isa < BitnetCpu.BITNET_ISA_COUNT(); isa++) {
            if (BitnetCpu.bitnet_isa_supported(isa) != 0) {
                all.add(isa);
            }
        }
        return all;
    }

    /** The name of an instruction set that is supported. */
    public static String name(int isa) {
        return BitnetCpu.bitnet_isa_name(isa).getString(0);
    }
}
