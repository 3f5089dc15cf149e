package bitnet.coreml;

import bitnet.BackendFailureException;
import bitnet.Device;
import bitnet.HeadType;
import bitnet.KvType;
import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.ffm.CoreMlLibrary;
import bitnet.forward.KernelModel;
import bitnet.model.Transformer;
import bitnet.natives.NativeLibraryException;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.ModelFeature;
import bitnet.spi.Probe;
import bitnet.spi.UnsupportedByBackendException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Models on the Apple Neural Engine, through Core ML. It runs what {@link bitnet.coreml.export.CoreMlExporter} made of a model
 * beforehand, in F16: the one backend whose answers may differ from the others', in the last bits of the logits.
 */
public final class CoreMlBackend implements KernelBackend {
    private final String id;
    private final Supplier<@Nullable String> missing;

    /** Does nothing. */
    public CoreMlBackend() {
        this("coreml", MacOs::missing);
    }

    /** @param missing says what the system lacks, or null */
    CoreMlBackend(String id, Supplier<@Nullable String> missing) {
        this.id = id;
        this.missing = missing;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Device device() {
        return Device.APPLE_NEURAL_ENGINE;
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Probe probe() {
        String lacking = missing.get();
        if (lacking != null) {
            return new Probe.Absent(lacking);
        }
        try {
            CoreMlLibrary.require();
            Processors processors = Processors.chosen();
            int wrong = KnownProductModel.firstWrongRow(processors);
            return wrong < 0
                    ? new Probe.Usable("macOS " + MacOs.version(), processors.label(), -1)
                    : new Probe.Unusable("row " + wrong + " of a known product came out wrong");
        } catch (NativeLibraryException | IllegalArgumentException e) {
            return new Probe.Unusable(String.valueOf(e.getMessage()), e);
        } catch (IOException | RuntimeException | Error e) {
            return new Probe.Unusable("Core ML failed: " + e, e);
        }
    }

    @Override
    public boolean isPrepared(Path source) {
        return missing.get() == null && Exports.any(source);
    }

    @Override
    public CompiledModel compile(Transformer model, CompileOptions options) {
        ModelFeature.require(model, "coreml", Set.of());
        if (options.kvType() != KvType.F16) {
            throw new UnsupportedByBackendException("Core ML keeps keys and values as F16, not as " + options.kvType());
        }
        if (options.head() != HeadType.EXACT) {
            throw new UnsupportedByBackendException(
                    "its head was chosen when it was exported for Core ML, so there is none of type " + options.head());
        }
        try {
            CoreMlLibrary.require();
            Artifact artifact = Exports.find(model, options.source());
            int capacity = Math.min(options.contextLength(), artifact.manifest().context());
            CoreMlSteps steps = CoreMlSteps.load(model, artifact, Processors.chosen(), options);
            return new KernelModel(model.config(), steps, capacity, options.maxRows());
        } catch (NativeLibraryException | IOException | CoreMlException e) {
            throw new BackendFailureException(String.valueOf(e.getMessage()), e);
        }
    }
}
