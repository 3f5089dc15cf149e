package bitnet.spi;

import bitnet.Device;
import bitnet.model.Transformer;
import java.nio.file.Path;

/**
 * A way to run models: what {@link java.util.ServiceLoader} finds, one for each device family or instruction set.
 *
 * <p>A provider is thin: its constructor does nothing, and its fields name no incubator, native or GPU type, so that it can
 * always be created; what may be missing is touched in {@link #probe()} first. Thread-safe.
 */
public interface KernelBackend {
    /** The version of this SPI. Providers return the constant they were compiled with from {@link #spiVersion()}. */
    int SPI_VERSION = 1;

    /** A short unique name, such as {@code cpu-native}. */
    String id();

    /** The device family. */
    Device device();

    /** {@link #SPI_VERSION} as the provider was compiled with; core refuses any other than its own, with a reason. */
    int spiVersion();

    /** Among backends of a device the highest is tried first; equal priorities go by id. */
    int priority();

    /**
     * Whether this backend can work on this machine. Never throws. Before it says {@link Probe.Usable} it has computed a
     * ternary product with a known answer on the device itself ({@link KnownProduct}).
     */
    Probe probe();

    /**
     * Whether somebody has prepared this model for this backend, by an export that lies beside it for instance. Then
     * {@link bitnet.DevicePolicy#auto()} tries the backend's device even if it leaves it out otherwise: just before the CPU.
     * Must be cheap, and is asked before {@link #probe()}.
     *
     * @param source the model's file or directory
     */
    default boolean isPrepared(Path source) {
        return false;
    }

    /**
     * Prompt tokens to compute in one step by default: many enough for the device to be at its best, and
     * few enough for a fraction of a second, since a step is not interrupted.
     */
    default int prefillChunk() {
        return 256;
    }

    /** The same for an embedding model, where nobody waits for the token of another text: as many as {@link #prefillChunk()} or more. */
    default int embeddingChunk() {
        return prefillChunk();
    }

    /**
     * Makes a model ready to run, in the backend's own layout. The transformer's tensors need not stay open afterwards
     * unless the backend reads them in place; the caller keeps them open until the compiled model is closed.
     *
     * @throws UnsupportedByBackendException if the backend cannot run such a model: selection goes on with the next
     * @throws bitnet.ModelUnsupportedException if no backend can, because of what the model's files hold; they throw it
     *     when a tensor is read
     * @throws bitnet.BackendFailureException if the device failed or has too little memory: likewise
     * @throws java.util.concurrent.CancellationException if {@code options.cancellation()} asked for it
     */
    CompiledModel compile(Transformer model, CompileOptions options);
}
