package bitnet.forward;

import bitnet.spi.KvMemory;
import bitnet.spi.Step;

/**
 * What computes the steps of one model for a {@link KernelModel}, where a backend runs the model as a whole rather than by
 * {@link bitnet.spi.Kernels}. One thread at a time calls an instance.
 */
public interface StepRunner extends AutoCloseable {
    /** Where keys and values are. */
    KvMemory keysAndValues();

    /**
     * Appends a step's tokens to their sequences, whose pages have room for them, and fills its logits.
     *
     * @throws bitnet.BackendFailureException if the device failed; the runner is not called again then, except to close it
     */
    void run(Step step);

    /** {@link bitnet.spi.CompiledModel#memoryBytes()}. */
    long memoryBytes();

    /** {@link bitnet.spi.CompiledModel#residency()}. */
    String residency();

    /** Frees everything, pages included. */
    @Override
    void close();
}
