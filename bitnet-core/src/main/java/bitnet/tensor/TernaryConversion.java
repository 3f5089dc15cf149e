package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * Converts whole ternary tensors into the {@linkplain TernaryLayout canonical layout}, on all cores. It borrows the
 * threads of the common pool: a conversion needs no context of its caller, lasts milliseconds, and then has no threads to
 * give back. Memory of a confined arena is converted by its owner alone.
 */
public final class TernaryConversion {
    /** Bytes that one task converts or checks: large against the cost of a task, small against a tensor. */
    private static final int TASK_BYTES = 1 << 18;

    /** Codes that are checked at a time: they fit the first cache twice. */
    private static final int WORDS = 1 << 11;

    private static final long LOW_BITS = 0x5555555555555555L;

    private TernaryConversion() {}

    /** All rows, in one allocation, aligned to 64 bytes. */
    public static MemorySegment pack(TernaryRows source, SegmentAllocator allocator) {
        long bytes = TernaryLayout.rowBytes(source.columns()) * source.rows();
        MemorySegment out = allocator.allocate(bytes, 64);
        pack(source, 0, source.rows(), out);
        return out;
    }

    /**
     * Some rows.
     *
     * @param from the first row
     * @param to the row after the last
     * @param out takes row {@code from} at offset 0, and the others after it
     */
    public static void pack(TernaryRows source, int from, int to, MemorySegment out) {
        long rowBytes = TernaryLayout.rowBytes(source.columns());
        int taskRows = (int) Math.max(1, TASK_BYTES / rowBytes);
        int tasks = Math.ceilDiv(to - from, taskRows);
        tasks(tasks, out).forEach(task -> {
            int end = (int) Math.min(to, from + (task + 1L) * taskRows);
            for (int row = from + task * taskRows; row < end; row++) {
                source.pack(row, out, (row - from) * rowBytes);
            }
        });
    }

    /** Numbers from 0, to be worked on by all cores if the memory may be touched by other threads than this one. */
    static IntStream tasks(int count, MemorySegment memory) {
        IntStream tasks = IntStream.range(0, count);
        return isShared(memory) ? tasks.parallel() : tasks;
    }

    /** Whether other threads than this one may touch the memory. */
    static boolean isShared(MemorySegment memory) {
        return memory.isAccessibleBy(Thread.ofPlatform().unstarted(() -> {}));
    }

    /**
     * Where the first code 3 is.
     *
     * @param codes in the canonical layout, or in any other with four two-bit codes a byte
     * @return the offset of its byte, or -1 if all codes are 0, 1 or 2
     */
    public static long firstInvalid(MemorySegment codes) {
        long bytes = codes.byteSize();
        return tasks(Math.toIntExact(Math.ceilDiv(bytes, TASK_BYTES)), codes)
                .mapToLong(task ->
                        firstInvalid(codes, (long) task * TASK_BYTES, Math.min(bytes, (task + 1L) * TASK_BYTES)))
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
    }

    /**
     * In an array, since a load has no time to warm up: a loop over one runs fast long before a loop over a segment does,
     * which took 0.8 s of a processor for a model of 2 billion weights, nearly all before it was compiled. This takes 0.1.
     */
    private static long firstInvalid(MemorySegment codes, long from, long to) {
        long[] words = new long[WORDS];
        for (long at = from; at < to; at += (long) WORDS * Long.BYTES) {
            int bytes = (int) Math.min(to - at, (long) WORDS * Long.BYTES);
            int count = bytes / Long.BYTES;
            MemorySegment.copy(codes, ValueLayout.JAVA_LONG_UNALIGNED, at, words, 0, count);
            int checked = hasInvalid(words, count) ? 0 : count * Long.BYTES;
            for (int i = checked; i < bytes; i++) {
                int four = codes.get(ValueLayout.JAVA_BYTE, at + i);
                if ((four & (four >> 1) & 0x55) != 0) {
                    return at + i;
                }
            }
        }
        return -1;
    }

    private static boolean hasInvalid(long[] words, int count) {
        long both = 0;
        for (int i = 0; i < count; i++) {
            both |= words[i] & (words[i] >>> 1);
        }
        return (both & LOW_BITS) != 0;
    }
}
