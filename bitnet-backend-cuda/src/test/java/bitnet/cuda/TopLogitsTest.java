package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.KvMemory;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The best logits, chosen on the device, are those that choosing from all of them gives. */
class TopLogitsTest {
    private static final int HIDDEN = 32;
    /** More than there is room for candidates. */
    private static final int VOCABULARY = 3000;

    @BeforeEach
    void driverIsThere() {
        SimulatedGpu.require();
    }

    @AfterEach
    void nothingIsLeft() {
        if (!SimulatedGpu.isReal()) {
            SimulatedGpu.requireNothingLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 65, 256, 300})
    void areTheBestOfAll(int top) {
        ModelConfig config = new ModelConfig(
                "any",
                "",
                1,
                HIDDEN,
                32,
                1,
                1,
                32,
                VOCABULARY,
                8,
                1e-5f,
                Activation.SILU,
                new bitnet.model.Rope(new float[16]));
        CompileOptions options = new CompileOptions(8, 0, 3, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
        try (CudaKernels kernels = CudaKernels.open(config, options, CudaModel.device(0));
                Arena arena = Arena.ofConfined()) {
            Kernels.Head head = kernels.head(table(arena), HeadType.EXACT);
            DeviceRows y = (DeviceRows) kernels.floats(HIDDEN);
            KvMemory.Cache cache = kernels.cache();
            // Ordinary scores, all of them zero, and every one of a few values many times.
            float[] rows = new float[3 * HIDDEN];
            for (int i = 0; i < HIDDEN; i++) {
                rows[i] = (float) Math.sin(i + 1);
            }
            rows[2 * HIDDEN] = 1;
            kernels.write(y, rows);
            Logits[] all = {Logits.all(VOCABULARY), Logits.all(VOCABULARY), Logits.all(VOCABULARY)};
            Logits[] best = {Logits.top(top), Logits.top(1), Logits.top(top)};
            run(kernels, cache, head, y, all);
            run(kernels, cache, head, y, best);
            for (int i = 0; i < best.length; i++) {
                Logits expected = Logits.top(best[i].top());
                expected.fill(all[i].values());
                assertThat(best[i].ids()).isEqualTo(expected.ids());
                assertThat(best[i].values()).isEqualTo(expected.values());
            }
        }
    }

    private static void run(
            CudaKernels kernels, KvMemory.Cache cache, Kernels.Head head, Kernels.Floats y, Logits[] targets) {
        Step step = new Step(targets.length);
        for (int i = 0; i < targets.length; i++) {
            step.add(cache, i, 0, targets[i]);
        }
        kernels.run(step, () -> kernels.logits(head, y));
    }

    /** The first column has five values and zeros of both signs, the others are random. */
    private static FloatTable table(Arena arena) {
        SplittableRandom random = new SplittableRandom(5);
        MemorySegment data = arena.allocate((long) VOCABULARY * HIDDEN * Float.BYTES, 64);
        for (int i = 0; i < VOCABULARY * HIDDEN; i++) {
            int row = i / HIDDEN;
            float few = row % 7 == 6 ? -0f : row % 7 - 3;
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % HIDDEN == 0 ? few : (float) random.nextGaussian());
        }
        return new FloatTable("head", ElementType.F32, VOCABULARY, HIDDEN, data);
    }
}
