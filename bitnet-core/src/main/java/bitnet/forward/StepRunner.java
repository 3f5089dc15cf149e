package bitnet.forward;

import bitnet.spi.Kernels;
import bitnet.spi.Step;

/**
 * What computes the steps of one model for a {@link KernelModel}, where a backend runs the model as a whole rather than by
 * {@link Kernels}. One thread at a time calls an instance.
 */
public interface StepRunner extends AutoCloseable {
    /** A new, empty cache. */
    Kernels.Cache cache();

    /**
     * Appends a step's tokens to their caches, which have room for them, and fills its logits.
     *
     * @throws bitnet.BackendFailureException if the device failed; the runner is not called again then, except to close it
     */
    void run(Step step);

    /** {@link bitnet.spi.CompiledModel#memoryBytes()}. */
    long memoryBytes();

    /** {@link bitnet.spi.CompiledModel#residency()}. */
    String residency();

    /** Frees everything, caches included. */
    @Override
    void close();
}
