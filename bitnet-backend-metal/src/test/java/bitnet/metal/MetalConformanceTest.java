package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.conformance.Check;
import bitnet.conformance.KernelConformance;
import bitnet.conformance.ModelConformance;
import bitnet.spi.Probe;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The Metal kernels give the bits of the scalar ones, and nothing that Metal forbids is done on the way. */
class MetalConformanceTest {
    @BeforeEach
    void libraryIsThere() {
        MetalDouble.requireLibrary();
    }

    @AfterEach
    void nothingIsLeft() {
        MetalDouble.requireClean();
    }

    @Test
    void probeComputesTheKnownProduct() {
        assertThat(new MetalBackend().probe()).isInstanceOf(Probe.Usable.class);
    }

    @TestFactory
    Stream<DynamicTest> everyKernel() {
        return tests(new KernelConformance(MetalProbe::new).checks());
    }

    /** On the double, the large shape with one of the granularities. */
    @TestFactory
    Stream<DynamicTest> everyWideKernel() {
        return tests(new KernelConformance(MetalProbe::new)
                .wideChecks().stream()
                        .filter(check -> !MetalDouble.isThere() || !check.name().matches(".*GROUP_64.*, Bonsai 1.7B"))
                        .toList());
    }

    /** On the double, which takes half a minute for each, three that differ in everything. */
    @TestFactory
    Stream<DynamicTest> everyModel() {
        return tests(new ModelConformance(new MetalBackend())
                .checks().stream()
                        .filter(check -> !MetalDouble.isThere()
                                || check.name()
                                        .matches("tied F16, cache F16|untied Q6_K, cache F16|awkward, cache F32"))
                        .toList());
    }

    @TestFactory
    Stream<DynamicTest> everyWideModel() {
        return tests(new ModelConformance(new MetalBackend()).wideChecks());
    }

    private static Stream<DynamicTest> tests(List<Check> checks) {
        return checks.stream().map(check -> DynamicTest.dynamicTest(check.name(), check::run));
    }
}
