package bitnet.cuda;

import bitnet.spi.Logits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where logits are computed, and where the host finds them.
 *
 * @param outputs that there is room for
 * @param vocabulary logits of an output
 * @param device all of them, or upper bounds of a screened head
 * @param pinned those that the host wants to see
 * @param input of a screened head
 * @param top chooses the best of them
 */
record LogitsRoom(
        int outputs, int vocabulary, MemorySegment device, MemorySegment pinned, ScreenInput input, TopLogits top) {
    static LogitsRoom allocate(Gpu gpu, int vocabulary, int hidden, int maxRows) {
        int outputs = Math.min(maxRows, TernaryMatmul.FEW_TOKENS);
        long bytes = (long) outputs * vocabulary * Float.BYTES;
        return new LogitsRoom(
                outputs,
                vocabulary,
                gpu.allocate(bytes, "logits"),
                gpu.memory().pinned(bytes),
                ScreenInput.allocate(gpu, hidden, outputs),
                TopLogits.allocate(gpu, outputs));
    }

    /** Those on the device from an output on. */
    MemorySegment from(int output) {
        return device.asSlice((long) output * vocabulary * Float.BYTES);
    }

    /** Brings all logits of outputs {@code first .. first + count} to the host. */
    void download(Gpu gpu, int first, int count) {
        long from = (long) first * vocabulary * Float.BYTES;
        long bytes = (long) count * vocabulary * Float.BYTES;
        gpu.stream().download(device.asSlice(from, bytes), pinned.asSlice(from, bytes));
    }

    /** Gives all logits of output {@code i}, which the host has, to the caller. */
    void deliver(int i, Logits target) {
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
