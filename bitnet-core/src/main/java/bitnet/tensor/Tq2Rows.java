package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** TQ2_0: the canonical bytes with their four codes in reverse order. */
final class Tq2Rows extends TqRows {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long LOWEST = 0x0303030303030303L;

    Tq2Rows(MemorySegment data, int rows, int columns) {
        super(data, rows, columns, 66);
    }

    @Override
    void packBlock(long from, MemorySegment out, long offset) {
        for (int at = 0; at < 64; at += Long.BYTES) {
            long fours = data.get(LONG, from + at);
            out.set(
                    LONG,
                    offset + at,
                    (fours & LOWEST) << 6
                            | ((fours >>> 2) & LOWEST) << 4
                            | ((fours >>> 4) & LOWEST) << 2
                            | ((fours >>> 6) & LOWEST));
        }
    }
}
