package bitnet.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.conformance.Check;
import bitnet.conformance.KernelConformance;
import bitnet.cpu.CpuKernels;
import bitnet.cpu.CpuProbe;
import bitnet.cpu.Memory;
import bitnet.cpu.OtherJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bits of products by 128-bit vectors, as on AArch64: a JVM takes its width at its start, so in one of its own. */
class NarrowVectorsTest {
    @Test
    void vectorsOf128Bits() throws Exception {
        List<String> lines = OtherJvm.run(
                Products.class, "--add-modules", "jdk.incubator.vector", "-XX:MaxVectorSize=16", "-XX:+UseSerialGC");
        assertThat(lines)
                .hasSizeGreaterThan(10)
                .allMatch(line -> line.matches("128 bits, multiplies: (ternaryMatmul|logits int8).*"))
                .anyMatch(line -> line.contains("logits int8"));
    }

    /** Runs the checks of products and prints the names of those that passed. */
    static final class Products {
        public static void main(String[] args) {
            var conformance = new KernelConformance(
                    (config, options) -> new CpuProbe(CpuKernels.open(
                            config, options, new VectorOperations(config, options.kvType()), Memory.PLAIN)),
                    2);
            List<Check> checks = new ArrayList<>(conformance.checks());
            checks.addAll(conformance.int8HeadChecks());
            for (Check check : checks) {
                if (check.name().contains("ternaryMatmul") || check.name().contains("int8")) {
                    check.run();
                    System.out.println(TernaryProduct.best().name() + ": " + check.name());
                }
            }
        }
    }
}
