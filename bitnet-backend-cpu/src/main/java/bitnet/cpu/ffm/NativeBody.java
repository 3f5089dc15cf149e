package bitnet.cpu.ffm;

import bitnet.BackendFailureException;
import bitnet.KvType;
import bitnet.cpu.CpuKernels;
import bitnet.cpu.Memory;
import bitnet.cpu.ProductCheck;
import bitnet.forward.KernelModel;
import bitnet.model.Activation;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.Transformer;
import bitnet.natives.NativeLibraryException;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.ModelFeature;
import bitnet.spi.Probe;
import java.util.EnumSet;

/** What {@link bitnet.cpu.CpuNativeBackend} does once native code may be touched. */
public final class NativeBody {
    /** Of a model so small that probing takes no time; the known product does not depend on it. */
    private static final ModelConfig ANY =
            new ModelConfig("probe", "", 1, 2, 2, 1, 1, 2, 1, 1, 1e-5f, Activation.SILU, new Rope(new float[1]));

    private NativeBody() {}

    /** Opens the library and computes the known product. */
    public static Probe probe() {
        try {
            CpuLibrary.require();
        } catch (NativeLibraryException e) {
            return new Probe.Unusable(String.valueOf(e.getMessage()), e);
        }
        int isa;
        try {
            isa = CpuLibrary.isa();
        } catch (IllegalArgumentException e) {
            return new Probe.Unusable(String.valueOf(e.getMessage()), e);
        }
        int wrong = ProductCheck.firstWrongRow(new NativeOperations(isa, ANY, KvType.F16));
        if (wrong >= 0) {
            return new Probe.Unusable(
                    "row " + wrong + " of a known product came out wrong by " + CpuLibrary.name(isa) + " kernels");
        }
        return new Probe.Usable("ABI " + CpuLibrary.ABI_VERSION, CpuLibrary.name(isa), -1);
    }

    /** A model on the best instruction set. */
    public static CompiledModel compile(Transformer model, CompileOptions options) {
        ModelFeature.require(model, "cpu-native", EnumSet.allOf(ModelFeature.class));
        return new KernelModel(model, kernels(model.config(), options), options);
    }

    /**
     * Kernels for models of one shape, on the best instruction set.
     *
     * @throws BackendFailureException if the library cannot be had
     */
    public static CpuKernels kernels(ModelConfig config, CompileOptions options) {
        try {
            CpuLibrary.require();
        } catch (NativeLibraryException e) {
            throw new BackendFailureException(String.valueOf(e.getMessage()), e);
        }
        return kernels(CpuLibrary.isa(), config, options);
    }

    /** Kernels on one of {@link CpuLibrary#supported()}. */
    public static CpuKernels kernels(int isa, ModelConfig config, CompileOptions options) {
        Memory memory = HugePages.orPlain();
        return CpuKernels.open(config, options, new NativeOperations(isa, config, options.kvType()), memory);
    }
}
