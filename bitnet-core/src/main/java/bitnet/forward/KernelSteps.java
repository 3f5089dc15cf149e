package bitnet.forward;

import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.KvMemory;
import bitnet.spi.Step;

/** Steps by the {@link ForwardPass} over a backend's {@link Kernels}, which it owns. */
final class KernelSteps implements StepRunner {
    private final Kernels kernels;
    private final Runnable program;

    /** Gives the model to the kernels. If that fails they are closed. */
    KernelSteps(Transformer model, Kernels kernels, CompileOptions options) {
        this.kernels = kernels;
        try {
            program = new ForwardPass(model, kernels, options)::program;
        } catch (RuntimeException | Error e) {
            kernels.close();
            throw e;
        }
    }

    @Override
    public KvMemory keysAndValues() {
        return kernels;
    }

    @Override
    public void run(Step step) {
        kernels.run(step, program);
    }

    @Override
    public long memoryBytes() {
        return kernels.memoryBytes();
    }

    @Override
    public String residency() {
        return "";
    }

    @Override
    public void close() {
        kernels.close();
    }
}
