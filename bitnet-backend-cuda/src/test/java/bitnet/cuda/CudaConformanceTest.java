package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import bitnet.conformance.Check;
import bitnet.conformance.KernelConformance;
import bitnet.conformance.ModelConformance;
import bitnet.spi.Probe;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The kernels give the bits of the scalar ones, and so do whole models: all of them on a GPU; on the simulated one, which is
 * some thousand times slower, those models that differ in more than the type of a table.
 */
class CudaConformanceTest {
    /** Names of the checks to run, if not all; for slow tools. */
    private static final Pattern CHECKS = Pattern.compile(System.getProperty("bitnet.cuda.checks", ".*"));

    private static final Pattern SIMULATED_MODELS =
            Pattern.compile("awkward, cache F16|untied Q4_0, cache F32|wide GROUP_128.*|awkward embedding, cache F16"
                    + "|awkward hybrid, cache F16");

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

    @Test
    void probeComputesTheKnownProduct() {
        assertThat(new CudaBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Usable.class,
                        usable -> assertThat(usable.isa()).startsWith("cuda:0 ").contains("compute capability"));
    }

    @TestFactory
    Stream<DynamicNode> everyKernel() {
        return tests(new KernelConformance(GpuProbe::open).checks());
    }

    @TestFactory
    Stream<DynamicNode> everyInt8Head() {
        return tests(new KernelConformance(GpuProbe::open).int8HeadChecks());
    }

    @TestFactory
    Stream<DynamicNode> everyWideKernel() {
        return tests(new KernelConformance(GpuProbe::open).wideChecks());
    }

    @TestFactory
    Stream<DynamicNode> everyWideModel() {
        return models(new ModelConformance(new CudaBackend(), 1).wideChecks());
    }

    @TestFactory
    Stream<DynamicNode> everyEmbeddingKernel() {
        return tests(new KernelConformance(GpuProbe::open).embeddingChecks());
    }

    @TestFactory
    Stream<DynamicNode> everyEmbeddingModel() {
        return models(new ModelConformance(new CudaBackend(), 1).embeddingChecks());
    }

    @TestFactory
    Stream<DynamicNode> everyHybridKernel() {
        return tests(new KernelConformance(GpuProbe::open).hybridChecks());
    }

    @TestFactory
    Stream<DynamicNode> everyHybridModel() {
        return models(new ModelConformance(new CudaBackend(), 1).hybridChecks());
    }

    /** On a GPU only. */
    @TestFactory
    Stream<DynamicNode> everyModelWithAnInt8Head() {
        return tests(SimulatedGpu.isReal() ? new ModelConformance(new CudaBackend(), 1).int8HeadChecks() : List.of());
    }

    @TestFactory
    Stream<DynamicNode> everyModel() {
        return models(new ModelConformance(new CudaBackend(), 1).checks());
    }

    private static Stream<DynamicNode> models(List<Check> checks) {
        return tests(checks.stream()
                .filter(check -> SimulatedGpu.isReal()
                        || SIMULATED_MODELS.matcher(check.name()).matches())
                .toList());
    }

    private static Stream<DynamicNode> tests(List<Check> checks) {
        return checks.stream()
                .filter(check -> CHECKS.matcher(check.name()).matches())
                .map(check -> dynamicTest(check.name(), check::run));
    }
}
