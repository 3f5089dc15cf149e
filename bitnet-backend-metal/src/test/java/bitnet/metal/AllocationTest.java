package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.conformance.SyntheticModel;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A decode step leaves nothing for the garbage collector, once the compiler has done its work, and takes no memory of Metal. */
@Timeout(300)
class AllocationTest {
    private static final int STEPS = 50;

    @AfterEach
    void nothingIsLeft() {
        MetalDouble.requireClean();
    }

    @Test
    void decodeAllocatesNothing() {
        MetalDouble.require();
        MetalDouble.idle(); // what the GPU computes is not the point, and thousands of steps are needed
        Transformer model = SyntheticModel.tied(ElementType.F16).transformer();
        CompileOptions options = CompileOptions.of(64);
        try (MetalKernels kernels = MetalBody.kernels(model.config(), options, MetalKernels.SEND_WORK)) {
            ForwardPass forwardPass = new ForwardPass(model, kernels, options);
            PageTable pages = new PageTable(kernels);
            pages.reserve(64);
            long buffers = MetalDouble.calls("newBufferWithLength:options:");
            long commandBuffers = MetalDouble.calls("commandBuffer");
            assertThat(bytesOfAStep(kernels, forwardPass::program, pages.cache()))
                    .isLessThan(500);
            assertThat(MetalDouble.calls("newBufferWithLength:options:")).isEqualTo(buffers);
            assertThat((MetalDouble.calls("commandBuffer") - commandBuffers) % STEPS)
                    .isZero();
            assertThat(kernels.commandBuffers()).isEqualTo(1);
        }
    }

    /** The least that any of many rounds of steps took, on all threads. */
    private static long bytesOfAStep(MetalKernels kernels, Runnable program, KvMemory.Cache cache) {
        Step step = new Step(1);
        Logits target = Logits.top(4);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 200 && least > 0; round++) {
            long before = threads.getTotalThreadAllocatedBytes();
            for (int i = 0; i < STEPS; i++) {
                step.clear();
                step.add(cache, i, i % 16, target);
                kernels.run(step, program);
            }
            least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / STEPS);
        }
        return least;
    }
}
