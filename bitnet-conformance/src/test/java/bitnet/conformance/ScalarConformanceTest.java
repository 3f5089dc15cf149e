package bitnet.conformance;

import bitnet.scalar.ScalarBackend;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The checks hold for the scalar kernels themselves: a model's results do not depend on how it is run. */
class ScalarConformanceTest {
    @TestFactory
    Stream<DynamicTest> kernels() {
        KernelConformance conformance = new KernelConformance(ScalarProbe::new);
        return Stream.of(
                        conformance.checks(),
                        conformance.int8HeadChecks(),
                        conformance.wideChecks(),
                        conformance.embeddingChecks(),
                        conformance.hybridChecks())
                .flatMap(List::stream)
                .map(check -> DynamicTest.dynamicTest(check.name(), check::run));
    }

    @TestFactory
    Stream<DynamicTest> models() {
        ModelConformance conformance = new ModelConformance(new ScalarBackend());
        return Stream.of(
                        conformance.checks(),
                        conformance.int8HeadChecks(),
                        conformance.wideChecks(),
                        conformance.embeddingChecks(),
                        conformance.hybridChecks())
                .flatMap(List::stream)
                .map(check -> DynamicTest.dynamicTest(check.name(), check::run));
    }
}
