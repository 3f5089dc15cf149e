package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Codes that lie one after another, the first in the lowest bits, as blocks of the {@linkplain TernaryLayout canonical layout}. */
final class CodeRuns {
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** 32 zero weights of two bits. */
    static final long ZEROS = 0x5555555555555555L;

    private static final long PAIRS = 0x0303030303030303L;
    private static final long TWOS = 0x0202020202020202L;

    private CodeRuns() {}

    /** Four runs of 32 weights of two bits. */
    static void twoBits(long a, long b, long c, long d, MemorySegment out, long offset) {
        for (int i = 0; i < 4; i++) {
            int shift = 16 * i;
            long eight = Long.expand(a >>> shift, PAIRS) << 6
                    | Long.expand(b >>> shift, PAIRS) << 4
                    | Long.expand(c >>> shift, PAIRS) << 2
                    | Long.expand(d >>> shift, PAIRS);
            out.set(LONG, offset + 8L * i, eight);
        }
    }

    /** Four runs of 32 weights of one bit: 1 is +1, 0 is -1. */
    static void oneBit(int a, int b, int c, int d, MemorySegment out, long offset) {
        for (int i = 0; i < 4; i++) {
            int shift = 8 * i;
            long eight = Long.expand(a >>> shift, TWOS) << 6
                    | Long.expand(b >>> shift, TWOS) << 4
                    | Long.expand(c >>> shift, TWOS) << 2
                    | Long.expand(d >>> shift, TWOS);
            out.set(LONG, offset + 8L * i, eight);
        }
    }
}
