package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.conformance.SyntheticModel;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Probe;
import bitnet.tensor.ElementType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the probe and the loading of a model say about machines that cannot serve. */
class ProbeTest {
    @BeforeEach
    void driverIsSimulated() {
        SimulatedGpu.requireSimulated();
    }

    @AfterEach
    void nothingIsLeft() {
        SimulatedGpu.requireNothingLeft();
        SimulatedGpu.reset();
    }

    @Test
    void noDevice() {
        SimulatedGpu.set("devices", 0);
        assertThat(new CudaBackend().probe())
                .isEqualTo(
                        new Probe.Absent(
                                "there is no CUDA device: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected) from cuInit"));
    }

    @Test
    void tooOldADevice() {
        SimulatedGpu.set("capability", 70);
        assertUnusable("cuda:0 simulated GPU 0: its compute capability is 7.0, and the kernels need 7.5 or more");
    }

    @Test
    void aWrongAnswer() {
        // The kernel's launch goes well, but what it does not do leaves zeros.
        SimulatedGpu.set("skip", 1);
        assertThat(new CudaBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Unusable.class,
                        probe -> assertThat(probe.reason()).contains("row 0 of a known product came out wrong"));
    }

    @ParameterizedTest
    @CsvSource({"75", "80", "86", "90", "100", "120"})
    void everyGenerationThatHasKernels(int capability) {
        SimulatedGpu.set("capability", capability);
        SimulatedGpu.set("shared", capability == 75 ? 64 << 10 : 99 << 10);
        assertThat(new CudaBackend().probe()).isInstanceOf(Probe.Usable.class);
    }

    @Test
    void everyDeviceIsListed() {
        SimulatedGpu.set("devices", 2);
        assertThat(new CudaBackend().probe())
                .isEqualTo(new Probe.Usable(
                        "driver for CUDA 13.0",
                        "cuda:0 simulated GPU 0 (compute capability 9.0, 8192 MiB); "
                                + "cuda:1 simulated GPU 1 (compute capability 9.0, 8192 MiB)",
                        -1));
    }

    @Test
    void aModelGoesToTheDeviceOfItsIndex() {
        SimulatedGpu.set("devices", 2);
        try (CompiledModel model = compile(1)) {
            assertThat(model.memoryBytes()).isPositive();
        }
        assertThatThrownBy(() -> compile(2))
                .isInstanceOf(BackendFailureException.class)
                .hasMessage("there is no device cuda:2; there are 2");
    }

    @Test
    void tooLittleMemoryIsSaidWithTheSizes() {
        SimulatedGpu.set("memory", 200 << 20);
        assertThatThrownBy(() -> compile(0))
                .isInstanceOf(BackendFailureException.class)
                .hasMessageMatching(
                        "cuda:0 \\(simulated GPU 0\\) has 200 of 200 MiB free, and this model needs \\d+ MiB"
                                + " \\(1 of weights\\), and up to 1 MiB for each sequence");
    }

    private static CompiledModel compile(int device) {
        CompileOptions usual = CompileOptions.of(64);
        return new CudaBackend()
                .compile(
                        SyntheticModel.tied(ElementType.F16).transformer(),
                        new CompileOptions(64, 0, 4, usual.kvType(), device, usual.progress(), usual.cancellation()));
    }

    private static void assertUnusable(String reason) {
        assertThat(new CudaBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Unusable.class,
                        probe -> assertThat(probe.reason()).isEqualTo(reason));
    }
}
