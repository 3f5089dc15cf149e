package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import bitnet.BackendFailureException;
import bitnet.KvType;
import bitnet.conformance.SyntheticModel;
import bitnet.model.Transformer;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import bitnet.tensor.ElementType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors of the driver and faults of the device: typed, with the driver's name for them, and nothing stays behind. */
class FailureTest {
    private static final int OUT_OF_MEMORY = 2;
    private static final int LAUNCH_FAILED = 719;

    private final Transformer transformer = SyntheticModel.tied(ElementType.F16).transformer();

    @BeforeEach
    void driverIsSimulated() {
        SimulatedGpu.requireSimulated();
    }

    @AfterEach
    void nothingIsLeft() {
        SimulatedGpu.requireNothingLeft();
        SimulatedGpu.reset();
    }

    static List<String> functions() {
        return List.of(
                "cuInit",
                "cuDeviceGetCount",
                "cuDeviceGet",
                "cuDeviceGetName",
                "cuDeviceGetAttribute",
                "cuDeviceTotalMem_v2",
                "cuDevicePrimaryCtxRetain",
                "cuCtxPushCurrent_v2",
                "cuModuleLoadData",
                "cuModuleGetFunction",
                "cuFuncSetAttribute",
                "cuMemGetInfo_v2",
                "cuMemAlloc_v2",
                "cuMemHostAlloc",
                "cuMemcpyHtoDAsync_v2",
                "cuMemcpyDtoHAsync_v2",
                "cuMemcpyDtoDAsync_v2",
                "cuMemsetD8Async",
                "cuStreamCreate",
                "cuStreamSynchronize",
                "cuStreamBeginCapture_v2",
                "cuStreamEndCapture",
                "cuGraphInstantiateWithFlags",
                "cuGraphLaunch",
                "cuLaunchKernelEx",
                "cuEventCreate",
                "cuEventRecord",
                "cuEventSynchronize");
    }

    /** Each call of each function fails once, until none is left that fails. */
    @ParameterizedTest
    @MethodSource("functions")
    void everyCallMayFail(String function) {
        useModel();
        long calls = SimulatedGpu.calls(function);
        assertThat(calls).as("calls of " + function).isPositive();
        // Of many calls some thirty.
        for (long after = 0; after < calls; after += calls > 60 ? calls / 30 : 1) {
            SimulatedGpu.reset();
            SimulatedGpu.fail(function, after, LAUNCH_FAILED);
            Throwable thrown = catchThrowable(this::useModel);
            // The context is also entered to free what is there, and that never throws.
            if (thrown != null || !function.equals("cuCtxPushCurrent_v2")) {
                assertThat(thrown)
                        .as("call " + after + " of " + calls)
                        .isInstanceOf(BackendFailureException.class)
                        .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED (unspecified launch failure)");
            }
            SimulatedGpu.requireNothingLeft();
        }
    }

    @Test
    void aShortageOfMemoryIsNamed() {
        SimulatedGpu.fail("cuMemAlloc_v2", 20, OUT_OF_MEMORY);
        assertThatThrownBy(this::useModel)
                .isInstanceOf(BackendFailureException.class)
                .hasMessageMatching(
                        "device 0 \\(simulated GPU 0\\) has no \\d+ MiB left for .*: \\d+ of 8192 MiB are free,"
                                + " and this model has \\d+ MiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"embed", "decode_step_64", "output_norm", "logits_f16_1"})
    void aFaultPoisonsTheModel(String kernel) {
        aFaultPoisonsTheModel(kernel, CompileOptions.of(64).kvType());
    }

    /** An F32 cache has no kernel for all layers at once. */
    @ParameterizedTest
    @ValueSource(strings = {"ternary_matmul_1", "attention_f32"})
    void aFaultInALayerPoisonsTheModel(String kernel) {
        aFaultPoisonsTheModel(kernel, KvType.F32);
    }

    private void aFaultPoisonsTheModel(String kernel, KvType kvType) {
        try (CompiledModel model = compile(kvType);
                Sequence sequence = model.newSequence()) {
            decode(model, sequence);
            SimulatedGpu.fault(kernel);
            assertThatThrownBy(() -> decode(model, sequence))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessage("device 0 (simulated GPU 0) failed while computing a step of 1 tokens, 1 with logits: "
                            + "CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was encountered) from "
                            + "the kernels of the step");
            assertThatThrownBy(() -> decode(model, sequence))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("an earlier failure made this model unusable");
        }
    }

    /** Loads, decodes until the step is replayed as a graph, brings all logits to the host, forks. */
    private void useModel() {
        try (CompiledModel model = compile();
                Sequence sequence = model.newSequence()) {
            for (int i = 0; i < 3; i++) {
                decode(model, sequence);
            }
            decode(model, sequence, Logits.all(transformer.config().vocabulary()));
            sequence.fork().close();
        }
    }

    private static void decode(CompiledModel model, Sequence sequence) {
        decode(model, sequence, Logits.top(1));
    }

    private static void decode(CompiledModel model, Sequence sequence, Logits target) {
        Batch batch = new Batch().add(sequence, sequence.length(), 3, target);
        model.forward(batch, Cancellation.NEVER);
    }

    private CompiledModel compile() {
        return compile(CompileOptions.of(64).kvType());
    }

    private CompiledModel compile(KvType kvType) {
        CompileOptions usual = CompileOptions.of(64);
        return new CudaBackend()
                .compile(transformer, new CompileOptions(64, 0, 4, kvType, 0, usual.progress(), usual.cancellation()));
    }
}
