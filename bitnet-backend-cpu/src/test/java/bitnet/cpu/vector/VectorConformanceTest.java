package bitnet.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import bitnet.conformance.KernelConformance;
import bitnet.conformance.ModelConformance;
import bitnet.cpu.CpuKernels;
import bitnet.cpu.CpuProbe;
import bitnet.cpu.CpuVectorBackend;
import bitnet.cpu.Memory;
import bitnet.spi.Probe;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The vector kernels give the bits of the scalar ones, by look-ups (where vectors are wide enough) and by multiplies. */
class VectorConformanceTest {
    @Test
    void probeComputesTheKnownProduct() {
        assertThat(new CpuVectorBackend().probe()).isInstanceOf(Probe.Usable.class);
    }

    @TestFactory
    Stream<DynamicNode> widestVectors() {
        return kernels(TernaryProduct.best());
    }

    @TestFactory
    Stream<DynamicNode> multiplies() {
        return kernels(new MultiplyProduct())
                .filter(check -> check.getDisplayName().contains("ternaryMatmul"));
    }

    @TestFactory
    Stream<DynamicNode> models() {
        var conformance = new ModelConformance(new CpuVectorBackend(), 1, 3);
        return Stream.of(
                        conformance.checks(),
                        conformance.int8HeadChecks(),
                        conformance.wideChecks(),
                        conformance.embeddingChecks(),
                        conformance.hybridChecks())
                .flatMap(List::stream)
                .filter(check -> check.name().matches("(tied F16|untied Q8_0|awkward|.*hybrid), .*"))
                .map(check -> dynamicTest(check.name(), check::run));
    }

    private static Stream<DynamicNode> kernels(TernaryProduct product) {
        var conformance = new KernelConformance(
                (config, options) -> new CpuProbe(CpuKernels.open(
                        config, options, new VectorOperations(config, options.kvType(), product), Memory.PLAIN)),
                2);
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
