package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/** Scales of groups, brought to groups of another size. */
public final class GroupScales {
    /** Rows that one task looks at. */
    private static final int TASK_ROWS = 256;

    private GroupScales() {}

    /**
     * The scales of all rows for groups of {@code columns}, F16 in native order: those of larger groups are repeated, and of two
     * smaller ones the first counts. The last group of a row may be short.
     */
    public static MemorySegment of(ScaledRows source, int columns, SegmentAllocator allocator) {
        int groups = Math.ceilDiv(source.columns(), columns);
        MemorySegment out = allocator.allocate((long) source.rows() * groups * Short.BYTES, 64);
        tasks(source, out).forEach(task -> {
            int end = Math.min(source.rows(), (task + 1) * TASK_ROWS);
            for (int row = task * TASK_ROWS; row < end; row++) {
                for (int group = 0; group < groups; group++) {
                    short scale = source.scale(row, group * columns / source.groupColumns());
                    out.setAtIndex(ValueLayout.JAVA_SHORT, (long) row * groups + group, scale);
                }
            }
        });
        return out;
    }

    /** Whether the scales of every row are equal in pairs; the last of an odd number stands alone. */
    public static boolean areEqualInPairs(ScaledRows source) {
        int groups = source.columns() / source.groupColumns();
        for (int row = 0; row < source.rows(); row++) {
            for (int group = 1; group < groups; group += 2) {
                if (source.scale(row, group - 1) != source.scale(row, group)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The first row with a scale that is not finite, or -1. */
    public static long firstInvalid(MemorySegment scales, int rows) {
        long count = scales.byteSize() / Short.BYTES;
        for (long i = 0; i < count; i++) {
            if ((scales.getAtIndex(ValueLayout.JAVA_SHORT, i) & 0x7C00) == 0x7C00) {
                return i / (count / rows);
            }
        }
        return -1;
    }

    private static IntStream tasks(ScaledRows source, MemorySegment out) {
        return TernaryConversion.tasks(Math.ceilDiv(source.rows(), TASK_ROWS), out);
    }
}
