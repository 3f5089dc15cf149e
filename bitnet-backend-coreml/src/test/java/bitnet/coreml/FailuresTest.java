package bitnet.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import bitnet.BackendFailureException;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.coreml.CoreMlException.Kind;
import bitnet.coreml.ffm.FakeCoreMl;
import bitnet.coreml.ffm.FakeCoreMl.Failure;
import bitnet.model.ModelFile;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Probe;
import bitnet.spi.Sequence;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Core ML failing, at whichever call: a typed exception with its words, and nothing left behind. */
class FailuresTest {
    @TempDir
    private static Path directory;

    private static DemoExport demo;

    @BeforeAll
    static void export() throws Exception {
        demo = DemoExport.overDouble(directory);
    }

    @AfterAll
    static void cleanUp() {
        if (demo != null) {
            demo.close();
        }
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(FakeCoreMl.failNoMore()).isFalse();
        assertThat(FakeCoreMl.live()).isZero();
    }

    /** Compiles, makes two sequences, appends to one, copies it to the other. */
    private static void run(ModelFile file) {
        try (CompiledModel model = new DoubleBackend().compile(file.transformer(), CompileOptions.of(64))) {
            Logits best = Logits.top(1);
            Batch batch = new Batch();
            Sequence sequence = model.newSequence();
            batch.add(sequence, 0, 1, null).add(sequence, 1, 2, best);
            model.forward(batch, Cancellation.NEVER);
            sequence.fork().close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyCallMayFail(Failure kind) {
        FakeCoreMl.executeBy((compiled, function, inputs, outputs, states) -> {}); // numbers do not matter here
        int calls = 0;
        try (ModelFile file = Model.open(demo.model)) {
            run(file); // what is compiled is cached from here on
            for (; ; calls++) {
                FakeCoreMl.fail(calls, kind);
                Throwable thrown = catchThrowable(() -> run(file));
                if (FakeCoreMl.failNoMore()) {
                    assertThat(thrown).isNull();
                    break;
                }
                assertThat(thrown)
                        .as("call " + calls)
                        .isInstanceOfAny(BackendFailureException.class, UnsupportedOperationException.class)
                        .hasMessageContaining("failed on purpose")
                        .hasCauseInstanceOf(CoreMlException.class);
                CoreMlException cause = (CoreMlException) thrown.getCause();
                assertThat(cause.kind()).isNotEqualTo(Kind.REFUSED);
                if (cause.kind() == Kind.ERROR) {
                    assertThat(cause.domain()).isEqualTo("com.apple.CoreML");
                    assertThat(cause.code()).isEqualTo(99);
                } else {
                    assertThat(cause.domain()).isEqualTo("NSInternalInconsistencyException");
                }
                assertThat(FakeCoreMl.live()).as("call " + calls).isZero();
            }
        } finally {
            FakeCoreMl.executeBy(new InterpreterExecutor());
        }
        assertThat(calls).as("calls of Core ML in all").isGreaterThan(100);
    }

    @Test
    void aModelThatFailedStaysFailed() {
        try (ModelFile file = Model.open(demo.model);
                CompiledModel model = new DoubleBackend().compile(file.transformer(), CompileOptions.of(64))) {
            Sequence sequence = model.newSequence();
            Batch batch = new Batch().add(sequence, 0, 1, null);
            FakeCoreMl.executeBy((compiled, function, inputs, outputs, states) -> {
                throw new IllegalStateException("the Neural Engine is on strike");
            });
            assertThatThrownBy(() -> model.forward(batch, Cancellation.NEVER))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("com.apple.CoreML 0")
                    .hasMessageContaining("on strike");
            FakeCoreMl.executeBy(new InterpreterExecutor());
            assertThatThrownBy(() -> model.forward(batch, Cancellation.NEVER))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("earlier failure");
        } finally {
            FakeCoreMl.executeBy(new InterpreterExecutor());
        }
    }

    @Test
    void aGenerationGoesOnOnTheCpuIfThatIsWanted() {
        AtomicInteger left = new AtomicInteger(20);
        InterpreterExecutor interpreter = new InterpreterExecutor();
        FakeCoreMl.executeBy((compiled, function, inputs, outputs, states) -> {
            if (left.getAndDecrement() <= 0) {
                throw new IllegalStateException("on strike");
            }
            interpreter.run(compiled, function, inputs, outputs, states);
        });
        LoadOptions options = LoadOptions.defaults()
                .withDevice(DevicePolicy.prefer(Device.APPLE_NEURAL_ENGINE))
                .withFailover(true);
        try (Model model = Model.load(demo.model, options)) {
            assertThat(model.info().device()).isEqualTo(Device.APPLE_NEURAL_ENGINE);
            List<Integer> tokens = model
                    .complete("27 + 48 =", GenerationOptions.greedy().withMaxTokens(20))
                    .stream()
                    .map(token -> token.id())
                    .toList();
            assertThat(tokens).isNotEmpty();
            assertThat(left.get()).as("it came to the strike").isNegative();
            assertThat(model.info().device()).isEqualTo(Device.CPU);
        } finally {
            FakeCoreMl.executeBy(interpreter);
        }
    }

    @Test
    void theProbeLooksAtTheNumbers() {
        assertThat(new DoubleBackend().probe()).isInstanceOf(Probe.Usable.class);
        InterpreterExecutor interpreter = new InterpreterExecutor();
        FakeCoreMl.executeBy((compiled, function, inputs, outputs, states) -> {
            interpreter.run(compiled, function, inputs, outputs, states);
            var y = outputs.all().getFirst().data();
            y.set(java.lang.foreign.ValueLayout.JAVA_SHORT, 2 * 7, (short) 0); // the eighth row is lost
        });
        assertThat(new DoubleBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Unusable.class,
                        refused -> assertThat(refused.reason()).isEqualTo("row 7 of a known product came out wrong"));
        FakeCoreMl.executeBy(interpreter);
        FakeCoreMl.fail(0, Failure.EXCEPTION);
        assertThat(new DoubleBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Unusable.class,
                        refused -> assertThat(refused.reason()).contains("failed on purpose"));
    }
}
