package bitnet.metal;

import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Where the GPU leaves logits, for a few outputs of a step at a time, and how they get to whoever asked for them. */
final class LogitsRows {
    /** Outputs computed together: 8 MB of logits for a vocabulary of 128k. */
    static final int GROUP = 16;

    /** Of steps of up to so many rows: outputs computed together. */
    static int together(int maxRows) {
        return Math.min(GROUP, maxRows);
    }

    private final MetalBuffer buffer;
    private final int vocabulary;

    LogitsRows(MetalMemory memory, int vocabulary, int maxRows) {
        buffer = memory.allocate((long) together(maxRows) * vocabulary * Float.BYTES);
        this.vocabulary = vocabulary;
    }

    /** For the generated bindings. */
    MemorySegment handle() {
        return buffer.handle();
    }

    /** Hands over what the GPU has computed for outputs {@code first} to {@code first + count - 1} of the step. */
    void deliver(Step step, int first, int count) {
        for (int i = 0; i < count; i++) {
            long from = (long) i * vocabulary * Float.BYTES;
            Logits target = step.target(first + i);
            if (target.top() == 0) {
                MemorySegment.copy(buffer.data(), ValueLayout.JAVA_FLOAT, from, target.values(), 0, vocabulary);
                continue;
            }
            target.reset();
            for (int id = 0; id < vocabulary; id++) {
                target.offer(id, buffer.data().get(ValueLayout.JAVA_FLOAT, from + (long) id * Float.BYTES));
            }
        }
    }
}
