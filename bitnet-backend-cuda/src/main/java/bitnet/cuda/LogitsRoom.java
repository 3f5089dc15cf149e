package bitnet.cuda;

import bitnet.spi.Logits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where logits are computed, and where the host finds them.
 *
 * @param outputs that there is room for
 * @param vocabulary logits of an output
 * @param device all of them
 * @param pinned those that the host wants to see
 * @param top chooses the best of them
 */
record LogitsRoom(int outputs, int vocabulary, MemorySegment device, MemorySegment pinned, TopLogits top) {
    static LogitsRoom allocate(Gpu gpu, int vocabulary, int maxRows) {
        int outputs = Math.min(maxRows, TernaryMatmul.FEW_TOKENS);
        long bytes = (long) outputs * vocabulary * Float.BYTES;
        return new LogitsRoom(
                outputs,
                vocabulary,
                gpu.allocate(bytes, "logits"),
                gpu.memory().pinned(bytes),
                TopLogits.allocate(gpu, vocabulary, outputs));
    }

    /** Brings all logits of outputs {@code first .. first + count} to the host. */
    void download(Gpu gpu, int first, int count) {
        long from = (long) first * vocabulary * Float.BYTES;
        long bytes = (long) count * vocabulary * Float.BYTES;
        gpu.stream().download(device.asSlice(from, bytes), pinned.asSlice(from, bytes));
    }

    /** Gives the logits of output {@code i} to the caller: the best, if those are known, or all. */
    void deliver(Gpu gpu, StepShape step, int i, Logits target) {
        if (step.top() > 0) {
            if (top.deliver(i, target)) {
                return;
            }
            download(gpu, i, 1);
            gpu.stream().await("the logits of the step");
        }
        long from = (long) i * vocabulary * Float.BYTES;
        if (target.top() == 0) {
            MemorySegment.copy(pinned, ValueLayout.JAVA_FLOAT, from, target.values(), 0, vocabulary);
            return;
        }
        target.reset();
        for (int id = 0; id < vocabulary; id++) {
            target.offer(id, pinned.get(ValueLayout.JAVA_FLOAT, from + (long) id * Float.BYTES));
        }
    }
}
