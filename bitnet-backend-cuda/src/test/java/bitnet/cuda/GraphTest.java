package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.conformance.SyntheticModel;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Sequence;
import bitnet.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Steps that come again are replayed, with tokens, positions and caches of their own. */
class GraphTest {
    private static final SyntheticModel MODEL = SyntheticModel.tied(ElementType.F16);
    private static final CompileOptions OPTIONS =
            new CompileOptions(128, 0, 4, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);

    @BeforeEach
    void driverIsThere() {
        SimulatedGpu.require();
    }

    @Test
    void replayedStepsHaveTheBitsOfScalarOnes() {
        assertThat(decode(new CudaBackend(), 12)).isEqualTo(decode(new ScalarBackend(), 12));
    }

    @Test
    void oneGraphServesManyStepsOfManySequences() {
        SimulatedGpu.requireSimulated();
        try (CompiledModel model = new CudaBackend().compile(MODEL.transformer(), OPTIONS)) {
            long instantiated = SimulatedGpu.calls("cuGraphInstantiateWithFlags");
            long launched = SimulatedGpu.calls("cuGraphLaunch");
            decode(model, 12);
            // The first step is launched as it is, the second is recorded.
            assertThat(SimulatedGpu.calls("cuGraphInstantiateWithFlags") - instantiated)
                    .isEqualTo(1);
            assertThat(SimulatedGpu.calls("cuGraphLaunch") - launched).isEqualTo(2 * 12 - 1);
        }
        SimulatedGpu.requireNothingLeft();
    }

    @Test
    void whatHappensOnceHasHappenedWhenAModelIsThere() {
        SimulatedGpu.requireSimulated();
        System.setProperty(Rehearsal.PROPERTY, "true");
        try (CompiledModel model = new CudaBackend().compile(MODEL.transformer(), CompileOptions.of(128));
                Sequence sequence = model.newSequence()) {
            long functions = SimulatedGpu.calls("cuModuleGetFunction");
            long pages = SimulatedGpu.calls("cuMemAlloc_v2");
            assertThat(sequence.length()).isZero();
            prompt(model, sequence, 0, 40, Logits.top(1));
            prompt(model, sequence, 40, 1, Logits.top(1));
            assertThat(SimulatedGpu.calls("cuModuleGetFunction")).as("kernels").isEqualTo(functions);
            assertThat(SimulatedGpu.calls("cuMemAlloc_v2")).as("allocations").isEqualTo(pages);
        }
    }

    @Test
    void aPromptAsksTheDriverForNoRoomThatIsThere() {
        SimulatedGpu.requireSimulated();
        try (CompiledModel model = new CudaBackend().compile(MODEL.transformer(), CompileOptions.of(128));
                Sequence sequence = model.newSequence()) {
            prompt(model, sequence, 0, 1, Logits.top(1));
            long entered = SimulatedGpu.calls("cuCtxPushCurrent_v2");
            prompt(model, sequence, 1, 50, Logits.top(1));
            assertThat(SimulatedGpu.calls("cuCtxPushCurrent_v2") - entered).isEqualTo(1);
        }
    }

    private static void prompt(CompiledModel model, Sequence sequence, int from, int tokens, Logits last) {
        Batch batch = new Batch();
        for (int i = 0; i < tokens; i++) {
            batch.add(sequence, from + i, i % MODEL.vocabulary(), i + 1 < tokens ? null : last);
        }
        model.forward(batch, Cancellation.NEVER);
    }

    private static List<Integer> decode(KernelBackend backend, int tokens) {
        try (CompiledModel model = backend.compile(MODEL.transformer(), OPTIONS)) {
            return decode(model, tokens);
        }
    }

    /** Two sequences in turn, one token a step; the bits of all logits. */
    private static List<Integer> decode(CompiledModel model, int tokens) {
        List<Integer> bits = new ArrayList<>();
        List<Sequence> sequences = List.of(model.newSequence(), model.newSequence());
        Batch batch = new Batch();
        for (int i = 0; i < tokens; i++) {
            for (Sequence sequence : sequences) {
                Logits logits = Logits.all(MODEL.vocabulary());
                int token = (31 * i + 7 * sequences.indexOf(sequence)) % MODEL.vocabulary();
                batch.clear();
                model.forward(batch.add(sequence, i, token, logits), Cancellation.NEVER);
                for (float value : logits.values()) {
                    bits.add(Float.floatToRawIntBits(value));
                }
            }
        }
        return bits;
    }
}
