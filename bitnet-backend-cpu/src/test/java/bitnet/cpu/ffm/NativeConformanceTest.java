package bitnet.cpu.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import bitnet.conformance.KernelConformance;
import bitnet.conformance.ModelConformance;
import bitnet.cpu.CpuNativeBackend;
import bitnet.cpu.CpuProbe;
import bitnet.spi.Probe;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The native kernels give the bits of the scalar ones: every instruction set of this machine, and whole models on the best. */
class NativeConformanceTest {
    @BeforeAll
    static void libraryIsThere() {
        NativeTests.requireLibrary();
    }

    @Test
    void probeComputesTheKnownProduct() {
        assertThat(new CpuNativeBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Usable.class,
                        usable -> assertThat(usable.isa()).isEqualTo(CpuLibrary.name(CpuLibrary.isa())));
    }

    @TestFactory
    Stream<DynamicNode> everyInstructionSet() {
        return CpuLibrary.supported().stream().map(isa -> dynamicContainer(CpuLibrary.name(isa), kernels(isa)));
    }

    private static Stream<DynamicNode> kernels(int isa) {
        var conformance =
                new KernelConformance((config, options) -> new CpuProbe(NativeBody.kernels(isa, config, options)), 2);
        return Stream.of(
                        conformance.checks(),
                        conformance.int8HeadChecks(),
                        conformance.wideChecks(),
                        conformance.embeddingChecks(),
                        conformance.hybridChecks())
                .flatMap(List::stream)
                .map(check -> dynamicTest(check.name(), check::run));
    }

    @TestFactory
    Stream<DynamicNode> everyModel() {
        return models(2);
    }

    @TestFactory
    Stream<DynamicNode> everyNumberOfThreads() {
        return models(1, 3, 5)
                .filter(check -> check.getDisplayName().matches("(tied F16|untied Q6_K|awkward|.*hybrid), .*"));
    }

    private static Stream<DynamicNode> models(int... threads) {
        var conformance = new ModelConformance(new CpuNativeBackend(), threads);
        return Stream.of(
                        conformance.checks(),
                        conformance.int8HeadChecks(),
                        conformance.wideChecks(),
                        conformance.embeddingChecks(),
                        conformance.hybridChecks())
                .flatMap(List::stream)
                .map(check -> dynamicTest(check.name(), check::run));
    }
}
