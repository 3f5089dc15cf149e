package bitnet.metal;

import bitnet.BackendFailureException;
import bitnet.HeadType;
import bitnet.forward.KernelModel;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.natives.NativeLibraryException;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.ModelFeature;
import bitnet.spi.Probe;
import bitnet.spi.UnsupportedByBackendException;
import java.util.Set;

/** What {@link MetalBackend} does once native code may be touched. */
final class MetalBody {
    private static final Set<ModelFeature> SUPPORTED =
            Set.of(ModelFeature.WIDE_ACTIVATIONS, ModelFeature.TERNARY_TABLES, ModelFeature.HEAD_NORMS);

    private MetalBody() {}

    /** Opens the GPU and computes the known product on it. */
    static Probe probe() {
        MetalDevice device;
        try {
            device = MetalDevice.open();
        } catch (NativeLibraryException | MetalException e) {
            return new Probe.Unusable(String.valueOf(e.getMessage()), e);
        }
        String name = device.describe();
        long memory = device.workingSetBytes();
        int wrong = ProductCheck.firstWrongRow(device);
        if (wrong >= 0) {
            return new Probe.Unusable("row " + wrong + " of a known product came out wrong on " + name);
        }
        String system =
                MetalLibrary.isDoubled() ? "a double of macOS" : "macOS " + System.getProperty("os.version", "");
        return new Probe.Usable(system, name, memory);
    }

    /** A model on the GPU. */
    static CompiledModel compile(Transformer model, CompileOptions options) {
        ModelFeature.require(model, "metal", SUPPORTED);
        requireHead(options.head());
        return new KernelModel(model, kernels(model.config(), options, MetalKernels.SEND_WORK), options);
    }

    /** @throws UnsupportedByBackendException if there are no kernels for such a head */
    static void requireHead(HeadType type) {
        if (type != HeadType.EXACT) {
            throw new UnsupportedByBackendException("the Metal kernels have no head of type " + type + " yet");
        }
    }

    /**
     * Kernels for models of one shape.
     *
     * @param sendWork multiply-and-adds after which recorded operations are sent
     * @throws BackendFailureException if there is no GPU of that index, or Metal refuses
     */
    static MetalKernels kernels(ModelConfig config, CompileOptions options, long sendWork) {
        if (options.device() != 0) {
            throw new BackendFailureException(
                    "there is one Apple GPU, with index 0, and none with index " + options.device());
        }
        try {
            return new MetalKernels(MetalDevice.open(), config, options, sendWork);
        } catch (NativeLibraryException | MetalException e) {
            throw new BackendFailureException(String.valueOf(e.getMessage()), e);
        }
    }
}
