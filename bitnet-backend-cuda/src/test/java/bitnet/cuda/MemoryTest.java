package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.conformance.SyntheticModel;
import bitnet.cuda.driver.GpuContext;
import bitnet.model.Transformer;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Sequence;
import bitnet.tensor.ElementType;
import org.junit.jupiter.api.Test;

/** A closed model leaves nothing: by the memory that the device says is free. */
class MemoryTest {
    private static final int ROUNDS = 1000;
    /** A token takes a simulated GPU a tenth of a second. */
    private static final int SIMULATED_ROUNDS = 100;

    private static final Transformer MODEL =
            SyntheticModel.tied(ElementType.F16).transformer();
    private static final CompileOptions OPTIONS =
            new CompileOptions(64, 0, 4, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);

    @Test
    void closedModelsLeaveTheMemoryAsItWas() {
        SimulatedGpu.require();
        // Keeps the device's context, which the first model would make anew each time.
        try (GpuContext context = GpuContext.open(CudaModel.device(0))) {
            round();
            long free = context.freeBytes();
            try (CompiledModel _ = new CudaBackend().compile(MODEL, OPTIONS)) {
                assertThat(context.freeBytes()).as("with a model").isLessThan(free);
            }
            for (int i = 0; i < (SimulatedGpu.isReal() ? ROUNDS : SIMULATED_ROUNDS); i++) {
                round();
            }
            assertThat(context.freeBytes()).isEqualTo(free);
        }
        if (!SimulatedGpu.isReal()) {
            SimulatedGpu.requireNothingLeft();
        }
    }

    /** A model, a token of it, and a sequence that is not closed. */
    private static void round() {
        try (CompiledModel model = new CudaBackend().compile(MODEL, OPTIONS)) {
            Sequence sequence = model.newSequence();
            model.forward(new Batch().add(sequence, 0, 3, Logits.top(1)), Cancellation.NEVER);
        }
    }
}
