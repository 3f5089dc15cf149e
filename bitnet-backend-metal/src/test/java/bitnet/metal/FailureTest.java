package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.conformance.ModelConformance;
import bitnet.conformance.SyntheticModel;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Probe;
import bitnet.spi.Sequence;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What becomes of a model when a call of Metal fails: a typed error, and nothing left. */
class FailureTest {
    private static final SyntheticModel MODEL = ModelConformance.models().getLast();
    private static final String EXECUTE = "execute";

    @BeforeEach
    void libraryIsThere() {
        MetalDouble.require();
    }

    @AfterEach
    void nothingIsLeft() {
        MetalDouble.requireClean();
    }

    private static CompiledModel compile() {
        return new MetalBackend().compile(MODEL.transformer(), CompileOptions.of(256));
    }

    private static float[] run(CompiledModel model) {
        try (Sequence sequence = model.newSequence()) {
            Logits logits = Logits.all(MODEL.transformer().config().vocabulary());
            Batch batch = new Batch();
            for (int i = 0; i < 3; i++) {
                batch.add(sequence, i, i + 1, i == 2 ? logits : null);
            }
            model.forward(batch, Cancellation.NEVER);
            return logits.values().clone();
        }
    }

    /** Loading, one step, and closing, with each call of each kind that can fail made to fail once. */
    @TestFactory
    Stream<DynamicTest> everyCall() {
        return MetalDouble.fallible().stream()
                .map(call -> DynamicTest.dynamicTest(call, () -> {
                    MetalDouble.reset();
                    try (CompiledModel model = compile()) {
                        run(model);
                    }
                    long calls = MetalDouble.calls(call);
                    // The first ones, the last ones, and some between.
                    for (long n = 0; n < calls; n += n < 5 || n >= calls - 5 ? 1 : Math.max(1, (calls - 10) / 5)) {
                        MetalDouble.reset();
                        MetalDouble.fail(call, n);
                        assertThatThrownBy(() -> {
                                    try (CompiledModel model = compile()) {
                                        run(model);
                                    }
                                })
                                .as("call %s", n)
                                .isInstanceOf(BackendFailureException.class)
                                .hasMessageMatching(
                                        "(?s)(Metal failed: |the kernels' library|compiling the kernels failed|Metal gave no"
                                                + "|Metal knows no|[a-z0-9_]+ failed: ).*");
                        MetalDouble.requireClean();
                    }
                }));
    }

    @Test
    void metalsOwnErrorIsTheCause() {
        MetalDouble.fail("newLibraryWithSource:options:error:", 0);
        assertThatThrownBy(FailureTest::compile)
                .isInstanceOf(BackendFailureException.class)
                .cause()
                .isInstanceOfSatisfying(MetalException.class, error -> {
                    assertThat(error.domain()).isEqualTo("MTLLibraryErrorDomain");
                    assertThat(error.code()).isEqualTo(3);
                });
    }

    @Test
    void theProbeSaysWhy() {
        for (String call :
                new String[] {"MTLCreateSystemDefaultDevice", "newLibraryWithSource:options:error:", EXECUTE}) {
            MetalDouble.reset();
            MetalDouble.fail(call, 0);
            assertThat(new MetalBackend().probe()).as(call).isInstanceOf(Probe.Unusable.class);
            MetalDouble.requireClean();
        }
    }

    @Test
    void anOldGpuIsRefused() {
        MetalDouble.family(6, false);
        assertThat(new MetalBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Unusable.class,
                        unusable ->
                                assertThat(unusable.reason()).contains("family Apple6) has not what the kernels need"));
        MetalDouble.family(7, false);
        assertThat(new MetalBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Usable.class, usable -> assertThat(usable.isa()).endsWith("family Apple7"));
        MetalDouble.family(5, true);
        assertThat(new MetalBackend().probe()).isInstanceOf(Probe.Usable.class);
    }

    @Test
    void aFailureOfTheGpuPoisonsTheModel() {
        try (CompiledModel model = compile()) {
            MetalDouble.fail(EXECUTE, 0);
            assertThatThrownBy(() -> run(model))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("Insufficient Memory (told to fail) (MTLCommandBufferErrorDomain 8)");
            assertThatThrownBy(() -> run(model))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("an earlier failure made this model unusable");
        }
    }

    @Test
    void tooLargeAModelIsRefusedWhenItIsCompiled() {
        MetalDouble.workingSet(1 << 20);
        assertThatThrownBy(FailureTest::compile)
                .isInstanceOf(BackendFailureException.class)
                .hasMessageContaining("out of GPU memory")
                .hasMessageContaining("the GPU works with 1,048,576");
    }

    @Test
    void memoryForMoreTokensThatIsNotThereLeavesTheModelUsable() {
        try (CompiledModel model = compile()) {
            float[] expected = run(model);
            MetalDouble.fail("newBufferWithLength:options:", 0);
            assertThatThrownBy(() -> run(model))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("out of memory");
            assertThat(run(model)).isEqualTo(expected);
        }
    }

    @Test
    void thereIsNoSecondGpu() {
        CompileOptions second =
                new CompileOptions(256, 0, 8, bitnet.KvType.F16, 1, bitnet.spi.Progress.NONE, Cancellation.NEVER);
        assertThatThrownBy(() -> new MetalBackend().compile(MODEL.transformer(), second))
                .isInstanceOf(BackendFailureException.class)
                .hasMessageContaining("none with index 1");
    }

    @Test
    void closingTwiceIsOnce() {
        CompiledModel model = compile();
        Sequence open = model.newSequence();
        model.close();
        open.close();
        model.close();
    }
}
