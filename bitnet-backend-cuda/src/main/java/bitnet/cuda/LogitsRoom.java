package bitnet.cuda;

import bitnet.spi.Logits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where logits are computed, and where the host finds them.
 *
 * @param outputs that there is room for
 * @param vocabulary logits of an output
 */
record LogitsRoom(int outputs, int vocabulary, MemorySegment device, MemorySegment pinned) {
    static LogitsRoom allocate(Gpu gpu, int vocabulary, int maxRows) {
        int outputs = Math.min(maxRows, TernaryMatmul.FEW_TOKENS);
        long bytes = (long) outputs * vocabulary * Float.BYTES;
        return new LogitsRoom(
                outputs, vocabulary, gpu.allocate(bytes, "logits"), gpu.memory().pinned(bytes));
    }

    void download(Gpu gpu, int count) {
        long bytes = (long) count * vocabulary * Float.BYTES;
        gpu.stream().download(device.asSlice(0, bytes), pinned);
    }

    /** Gives what was downloaded for output {@code i} to the caller. */
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
