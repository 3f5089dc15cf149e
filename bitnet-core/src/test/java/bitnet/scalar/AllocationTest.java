package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.gguf.GgufModel;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.lang.reflect.Method;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AllocationTest {
    /** Decoding allocates nothing but a page of the cache every 64 tokens. */
    @Test
    void tokensAllocateNothing() throws Exception {
        try (HuggingFaceModel file = Reference.open("tiny-bitnet");
                CompiledModel model = Run.compile(file.transformer(), KvType.F16);
                Sequence sequence = model.newSequence()) {
            Batch batch = new Batch();
            Logits all = Logits.all(file.transformer().config().vocabulary());
            Logits best = Logits.top(40);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 10 && least > 62; round++) {
                step(model, batch, sequence, 0, all);
                long before = allocated();
                for (int position = 1; position < 63; position++) {
                    step(model, batch, sequence, position, position % 2 == 0 ? all : best);
                }
                // The measurement itself allocates; so it is taken away.
                long again = allocated();
                long own = allocated() - again;
                least = Math.min(least, again - before - own);
                sequence.truncate(0);
            }
            assertThat(least).as("bytes for 62 tokens").isLessThan(63);
        }
    }

    private static void step(CompiledModel model, Batch batch, Sequence sequence, int position, Logits target) {
        batch.clear();
        batch.add(sequence, position, position * 7, target);
        model.forward(batch, Cancellation.NEVER);
    }

    /** What is read of a file is held once: weights as 2 bits, a tied embedding as it is stored, and tables of angles. */
    @Test
    void weightsAreHeldOnce() throws Exception {
        // 2 layers of 4 * hidden * hidden * 3/4 + 3 * hidden * feedForward weights
        long weights = 2L * (3 * 256 * 256 + 3 * 256 * 512) / 4;
        long embedding = 512L * 256 * Short.BYTES;
        long table = 8L * (32 << 8);
        Path path = Path.of(
                getClass().getResource("/bitnet/gguf/tiny-bitnet-i2_s.gguf").toURI());
        try (GgufModel file = GgufModel.open(path);
                CompiledModel model = Run.compile(file.transformer(), KvType.F16)) {
            assertThat(model.memoryBytes()).isEqualTo(weights + embedding + table);
        }
        try (HuggingFaceModel file = Reference.open("tiny-bitnet");
                CompiledModel model = Run.compile(file.transformer(), KvType.F16)) {
            assertThat(model.memoryBytes()).isBetween(weights + embedding, weights + embedding + table + 64 * 14);
        }
    }

    /** By reflection: the module under test does not read the management modules. */
    private static long allocated() throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        Method bytes = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        return (long) bytes.invoke(threads);
    }
}
