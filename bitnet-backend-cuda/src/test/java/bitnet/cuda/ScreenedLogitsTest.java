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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A screened head gives the best logits of the whole head, to the bit. */
class ScreenedLogitsTest {
    private static final int HIDDEN = 40;
    /** Enough for a screen, and no multiple of a tile. */
    private static final int VOCABULARY = 16_403;
    /** More than are computed at once. */
    private static final int ROWS = 35;

    private static final ModelConfig CONFIG = new ModelConfig(
            "any",
            "",
            1,
            HIDDEN,
            32,
            1,
            1,
            32,
            VOCABULARY,
            ROWS,
            1e-5f,
            Activation.SILU,
            new bitnet.model.Rope(new float[16]));

    private static final float[] VALUES = values();

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
    @EnumSource(names = {"F32", "F16", "BF16"})
    void areTheBestOfAll(ElementType type) {
        try (CudaKernels kernels = open();
                Arena arena = Arena.ofConfined()) {
            DeviceHead head = (DeviceHead) kernels.head(table(arena, type), HeadType.EXACT);
            assertThat(head.screen()).as("the screen").isNotNull();
            Outputs outputs = new Outputs(kernels, head);
            outputs.requireBest(1, 40, true);
            if (type == ElementType.F16) {
                // Launched, recorded and replayed.
                outputs.requireBest(1, 1, true);
                outputs.requireBest(1, 1, true);
                outputs.requireBest(1, 1, true);
                outputs.requireBest(ROWS, 256, false);
            }
        }
    }

    @Test
    void memoryIsLeftForSequences() {
        SimulatedGpu.requireSimulated();
        SimulatedGpu.set("memory", 200 << 20);
        try (CudaKernels kernels = open();
                Arena arena = Arena.ofConfined()) {
            DeviceHead head = (DeviceHead) kernels.head(table(arena, ElementType.F32), HeadType.EXACT);
            assertThat(head.screen()).as("the screen").isNull();
            new Outputs(kernels, head).requireBest(1, 40, true);
        } finally {
            SimulatedGpu.reset();
        }
    }

    private static CudaKernels open() {
        return CudaKernels.open(
                CONFIG,
                new CompileOptions(ROWS, 0, ROWS, KvType.F16, 0, Progress.NONE, Cancellation.NEVER),
                CudaModel.device(0));
    }

    /** Rows of y through a head: ordinary ones, one of zeros, whose logits are all equal, one that has NaN, and tiny ones. */
    private static final class Outputs {
        private final CudaKernels kernels;
        private final DeviceHead head;
        private final KvMemory.Cache cache;
        private final DeviceRows x;
        private final DeviceRows y;
        private final Runnable alone;
        private final Runnable withNorm;

        Outputs(CudaKernels kernels, DeviceHead head) {
            this.kernels = kernels;
            this.head = head;
            cache = kernels.cache();
            x = (DeviceRows) kernels.floats(HIDDEN);
            y = (DeviceRows) kernels.floats(HIDDEN);
            SplittableRandom random = new SplittableRandom(3);
            float[] rows = new float[ROWS * HIDDEN];
            for (int i = 0; i < rows.length; i++) {
                int row = i / HIDDEN;
                rows[i] = row == 1 ? 0 : (float) random.nextGaussian() * (row == 3 ? 1e-22f : 1);
            }
            rows[2 * HIDDEN + 7] = Float.NaN;
            rows[4 * HIDDEN] = 100;
            kernels.write(x, rows);
            kernels.write(y, rows);
            float[] weights = new float[HIDDEN];
            for (int i = 0; i < HIDDEN; i++) {
                weights[i] = 1 + i / 64f;
            }
            Kernels.Gain gain = kernels.gain(weights);
            alone = () -> kernels.logits(head, y);
            withNorm = () -> {
                kernels.outputNorm(x, gain, y);
                kernels.logits(head, y);
            };
        }

        void requireBest(int outputs, int top, boolean norm) {
            Step step = new Step(ROWS);
            Logits[] best = new Logits[outputs];
            for (int i = 0; i < outputs; i++) {
                best[i] = Logits.top(top);
                step.add(cache, i, 0, best[i]);
            }
            kernels.run(step, norm ? withNorm : alone);
            float[] rows = kernels.read(y, outputs);
            for (int i = 0; i < outputs; i++) {
                Logits expected = Logits.top(top);
                expected.fill(logits(head.table().type(), rows, i * HIDDEN));
                assertThat(best[i].ids()).as("ids of output " + i).isEqualTo(expected.ids());
                assertThat(best[i].values()).as("values of output " + i).isEqualTo(expected.values());
            }
        }
    }

    /** As docs/numerics.md says, for a row that has fewer columns than there are partial sums. */
    private static float[] logits(ElementType type, float[] y, int from) {
        float[] logits = new float[VOCABULARY];
        float[] sums = new float[256];
        for (int row = 0; row < VOCABULARY; row++) {
            for (int i = 0; i < HIDDEN; i++) {
                sums[i] = Math.fma(rounded(type, VALUES[row * HIDDEN + i]), y[from + i], 0f);
            }
            java.util.Arrays.fill(sums, HIDDEN, 256, 0f);
            for (int stride = 128; stride > 0; stride /= 2) {
                for (int i = 0; i < stride; i++) {
                    sums[i] += sums[i + stride];
                }
            }
            logits[row] = sums[0];
        }
        return logits;
    }

    private static float rounded(ElementType type, float x) {
        return switch (type) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(x));
            case BF16 -> Float.intBitsToFloat(Float.floatToRawIntBits(x) & 0xffff0000);
            default -> x;
        };
    }

    /** Random rows, some of them equal, zero, large, or nearly as another. */
    private static float[] values() {
        SplittableRandom random = new SplittableRandom(5);
        float[] values = new float[VOCABULARY * HIDDEN];
        for (int i = 0; i < values.length; i++) {
            int kind = i / HIDDEN % 101;
            float size = kind == 3 ? 0 : kind == 4 ? 3 : kind == 5 ? 1e-4f : 1;
            values[i] = size * (float) random.nextGaussian();
        }
        for (int row = 6; row < VOCABULARY; row += 101) {
            System.arraycopy(values, 4 * HIDDEN, values, row * HIDDEN, HIDDEN);
            values[row * HIDDEN + row % HIDDEN] *= row % 2 == 0 ? 1 : 1.01f;
        }
        return values;
    }

    private static FloatTable table(Arena arena, ElementType type) {
        MemorySegment data = arena.allocate(type.rowBytes(HIDDEN) * VOCABULARY, 64);
        for (int i = 0; i < VALUES.length; i++) {
            switch (type) {
                case F16 -> data.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(VALUES[i]));
                case BF16 ->
                    data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(VALUES[i]) >> 16));
                default -> data.setAtIndex(ValueLayout.JAVA_FLOAT, i, VALUES[i]);
            }
        }
        return new FloatTable("head", type, VOCABULARY, HIDDEN, data);
    }
}
