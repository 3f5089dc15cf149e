package bitnet.cpu.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.conformance.KernelProbe;
import bitnet.conformance.ScalarProbe;
import bitnet.cpu.CpuProbe;
import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The best tokens of a head that is large enough for a screen, where squares of its elements vanish or overflow. */
class ScreenedHeadTest {
    private static final int HIDDEN = 40;
    private static final int VOCABULARY = 16_403;
    private static final ModelConfig CONFIG = new ModelConfig(
            "any", "", 1, HIDDEN, 32, 1, 1, 32, VOCABULARY, 4, 1e-5f, Activation.SILU, new Rope(new float[16]));
    private static final CompileOptions OPTIONS =
            new CompileOptions(4, 2, 4, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);

    private static final int MANY_ROWS = 70;
    private static final CompileOptions MANY =
            new CompileOptions(4, 2, MANY_ROWS, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);

    /** Sizes that rows of the table have in turn, and of the input. */
    private enum Sizes {
        ORDINARY(1, 1),
        TINY_ROWS(1, 1e-22f, 1e-23f, 1e-25f, 1e-38f),
        TINY_ROWS_LARGE_INPUT(1e20f, 1e-21f, 1e-22f, 1e-30f),
        TINY_INPUT(1e-22f, 1, 1e-3f),
        SUBNORMAL_INPUT(1e-39f, 1),
        HUGE_ROWS(1, 1, 1e19f, 1e22f),
        HUGE_ROWS_AND_INPUT(1e18f, 1e18f, 1e19f, 1e20f),
        ALL_SIZES(1, 1e-22f, 1e-10f, 1, 1e20f);

        private final float input;
        private final float[] rows;

        Sizes(float input, float... rows) {
            this.input = input;
            this.rows = rows;
        }
    }

    @BeforeAll
    static void libraryIsThere() {
        NativeTests.requireLibrary();
    }

    @TestFactory
    Stream<DynamicTest> bestTokensAreThoseOfTheScalarKernels() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int isa : CpuLibrary.supported()) {
            for (ElementType type : List.of(ElementType.F32, ElementType.BF16)) {
                for (Sizes sizes : Sizes.values()) {
                    tests.add(dynamicTest(
                            CpuLibrary.name(isa) + ", " + type + ", " + sizes, () -> compare(isa, type, sizes)));
                }
            }
        }
        return tests.stream();
    }

    private static void compare(int isa, ElementType type, Sizes sizes) {
        try (Arena arena = Arena.ofConfined();
                KernelProbe scalar = new ScalarProbe(CONFIG, OPTIONS);
                KernelProbe candidate = new CpuProbe(NativeBody.kernels(isa, CONFIG, OPTIONS))) {
            FloatTable table = table(arena, type, sizes);
            for (int top : new int[] {1, 40}) {
                Logits expected = best(scalar, table, sizes, top);
                Logits actual = best(candidate, table, sizes, top);
                assertThat(actual.ids()).as("ids of the best " + top).isEqualTo(expected.ids());
                assertThat(actual.values()).as("logits of the best " + top).isEqualTo(expected.values());
            }
        }
    }

    /** More outputs than are screened together, which want one, many, too many, or all of the logits. */
    @TestFactory
    Stream<DynamicTest> outputsOfOneStepAreThoseOfTheScalarKernels() {
        int[] tops = {1, 40, 1, 256, 0, 257, 7, 64};
        return CpuLibrary.supported().stream()
                .flatMap(isa -> Stream.of(3, 16, MANY_ROWS)
                        .map(outputs -> dynamicTest(
                                CpuLibrary.name(isa) + ", " + outputs, () -> compareSteps(isa, outputs, tops))));
    }

    private static void compareSteps(int isa, int outputs, int[] tops) {
        try (Arena arena = Arena.ofConfined();
                KernelProbe scalar = new ScalarProbe(CONFIG, MANY);
                KernelProbe candidate = new CpuProbe(NativeBody.kernels(isa, CONFIG, MANY))) {
            FloatTable table = table(arena, ElementType.F16, Sizes.ORDINARY);
            List<Logits> expected = outputs(scalar, table, outputs, tops);
            List<Logits> actual = outputs(candidate, table, outputs, tops);
            for (int i = 0; i < outputs; i++) {
                assertThat(actual.get(i).ids())
                        .as("ids of output " + i)
                        .isEqualTo(expected.get(i).ids());
                assertThat(actual.get(i).values())
                        .as("logits of output " + i)
                        .isEqualTo(expected.get(i).values());
            }
        }
    }

    /** Every fifth output is nothing but zeros: then all logits are equal, and no bound can tell them apart. */
    private static List<Logits> outputs(KernelProbe probe, FloatTable table, int outputs, int[] tops) {
        Kernels kernels = probe.kernels();
        Kernels.Head head = kernels.head(table, HeadType.EXACT);
        Kernels.Floats y = kernels.floats(HIDDEN);
        float[] rows = normal(new SplittableRandom(3), outputs * HIDDEN, 1);
        List<Logits> all = new ArrayList<>();
        Step step = new Step(MANY_ROWS);
        for (int i = 0; i < outputs; i++) {
            if (i % 5 == 4) {
                Arrays.fill(rows, i * HIDDEN, (i + 1) * HIDDEN, 0);
            }
            int top = tops[i % tops.length];
            all.add(top == 0 ? Logits.all(VOCABULARY) : Logits.top(top));
            step.add(kernels.cache(), 0, 0, all.getLast());
        }
        probe.write(y, HIDDEN, rows);
        kernels.run(step, () -> kernels.logits(head, y));
        return all;
    }

    private static Logits best(KernelProbe probe, FloatTable table, Sizes sizes, int top) {
        Kernels kernels = probe.kernels();
        Kernels.Head head = kernels.head(table, HeadType.EXACT);
        Kernels.Floats y = kernels.floats(HIDDEN);
        probe.write(y, HIDDEN, normal(new SplittableRandom(3), HIDDEN, sizes.input));
        Logits best = Logits.top(top);
        Step step = new Step(4);
        step.add(kernels.cache(), 0, 0, best);
        kernels.run(step, () -> kernels.logits(head, y));
        return best;
    }

    private static float[] normal(SplittableRandom random, int n, float size) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian() * size;
        }
        return values;
    }

    private static FloatTable table(Arena arena, ElementType type, Sizes sizes) {
        SplittableRandom random = new SplittableRandom(5);
        MemorySegment data = arena.allocate(type.rowBytes(HIDDEN) * VOCABULARY, 64);
        for (int row = 0; row < VOCABULARY; row++) {
            float[] values = normal(random, HIDDEN, sizes.rows[row % sizes.rows.length]);
            for (int i = 0; i < HIDDEN; i++) {
                long at = (long) row * HIDDEN + i;
                if (type == ElementType.F32) {
                    data.setAtIndex(ValueLayout.JAVA_FLOAT, at, values[i]);
                } else if (type == ElementType.F16) {
                    data.setAtIndex(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(values[i]));
                } else {
                    int bits = Float.floatToRawIntBits(values[i]);
                    data.setAtIndex(ValueLayout.JAVA_SHORT, at, (short) (bits >> 16));
                }
            }
        }
        return new FloatTable("head", type, VOCABULARY, HIDDEN, data);
    }
}
