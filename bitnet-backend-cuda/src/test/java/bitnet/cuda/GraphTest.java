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
        decode(new CudaBackend(), 12);
        // The first step is launched as it is, the second is recorded.
        assertThat(SimulatedGpu.calls("cuGraphInstantiateWithFlags")).isEqualTo(1);
        assertThat(SimulatedGpu.calls("cuGraphLaunch")).isEqualTo(2 * 12 - 1);
        SimulatedGpu.requireNothingLeft();
    }

    /** Two sequences in turn, one token a step; the bits of all logits. */
    private static List<Integer> decode(KernelBackend backend, int tokens) {
        List<Integer> bits = new ArrayList<>();
        CompileOptions options = new CompileOptions(128, 0, 4, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
        try (CompiledModel model = backend.compile(MODEL.transformer(), options)) {
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
        }
        return bits;
    }
}
