package bitnet.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.HeadType;
import bitnet.conformance.SyntheticModel;
import bitnet.cpu.ffm.NativeBody;
import bitnet.cpu.ffm.NativeTests;
import bitnet.cpu.vector.VectorBody;
import bitnet.forward.ForwardPass;
import bitnet.forward.PageTable;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.KvMemory;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A decode step leaves nothing for the garbage collector, once the compiler has done its work. */
@Timeout(300)
class AllocationTest {
    private static final int STEPS = 50;

    @ParameterizedTest
    @EnumSource(HeadType.class)
    void nativeDecodeAllocatesNothing(HeadType head) {
        NativeTests.requireLibrary();
        CompileOptions options = options().withHead(head);
        Transformer model = SyntheticModel.tied(ElementType.F16).transformer();
        try (CpuKernels kernels = NativeBody.kernels(model.config(), options)) {
            assertThat(bytesOfAStep(model, kernels, options)).isLessThan(500);
        }
    }

    @ParameterizedTest
    @EnumSource(HeadType.class)
    void vectorDecodeAllocatesNextToNothing(HeadType head) {
        CompileOptions options = options().withHead(head);
        Transformer model = SyntheticModel.tied(ElementType.F16).transformer();
        try (CpuKernels kernels = VectorBody.kernels(model.config(), options)) {
            assertThat(bytesOfAStep(model, kernels, options)).isLessThan(20_000);
        }
    }

    private static CompileOptions options() {
        return CompileOptions.of(64);
    }

    /** The least that any of many rounds of steps took, on all threads. */
    private static long bytesOfAStep(Transformer model, CpuKernels kernels, CompileOptions options) {
        ForwardPass forwardPass = new ForwardPass(model, kernels, options);
        Runnable program = forwardPass::program;
        Step step = new Step(1);
        PageTable pages = new PageTable(kernels);
        pages.reserve(64);
        KvMemory.Cache cache = pages.cache();
        Logits target = Logits.top(4);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 200 && least > 0; round++) {
            long before = threads.getTotalThreadAllocatedBytes();
            for (int i = 0; i < STEPS; i++) {
                step.clear();
                step.add(cache, i, i % model.config().vocabulary(), target);
                kernels.run(step, program);
            }
            least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / STEPS);
        }
        return least;
    }
}
