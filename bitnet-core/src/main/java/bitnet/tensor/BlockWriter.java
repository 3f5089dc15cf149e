package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Writes rows of the canonical layout as the blocks that {@link GroupBlocks} reads. */
final class BlockWriter {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long PAIRS = 0x0303030303030303L;
    private static final long ONES = 0x0101010101010101L;

    private BlockWriter() {}

    /** The scales of a row. */
    @FunctionalInterface
    interface Scales {
        /** Of a block, as F16. */
        short at(int block);
    }

    static void q1(MemorySegment codes, Scales scales, MemorySegment out) {
        for (int block = 0; block < codes.byteSize() / TernaryLayout.BLOCK_BYTES; block++) {
            long to = block * 18L;
            out.set(SHORT, to, scales.at(block));
            for (int run = 0; run < 4; run++) {
                // Bit 1 of a code tells +1 from -1.
                out.set(CodeRuns.INT, to + 2 + 4L * run, (int) run(codes, block, 7 - 2 * run, ONES));
            }
        }
    }

    static void q2(MemorySegment codes, Scales scales, MemorySegment out) {
        for (int block = 0; block < out.byteSize() / 18; block++) {
            long to = block * 18L;
            int first = block % 2 * 2;
            out.set(SHORT, to, scales.at(block));
            out.set(CodeRuns.LONG, to + 2, run(codes, block / 2, 6 - 2 * first, PAIRS));
            out.set(CodeRuns.LONG, to + 10, run(codes, block / 2, 4 - 2 * first, PAIRS));
        }
    }

    static void pq2(MemorySegment codes, Scales scales, MemorySegment out) {
        for (int block = 0; block < codes.byteSize() / TernaryLayout.BLOCK_BYTES; block++) {
            long to = block * 34L;
            out.set(SHORT, to, scales.at(block));
            for (int run = 0; run < 4; run++) {
                out.set(CodeRuns.LONG, to + 2 + 8L * run, run(codes, block, 6 - 2 * run, PAIRS));
            }
        }
    }

    static void ptq1(MemorySegment codes, Scales scales, MemorySegment out) {
        byte[] weights = new byte[TernaryLayout.BLOCK_WEIGHTS];
        for (int block = 0; block < codes.byteSize() / TernaryLayout.BLOCK_BYTES; block++) {
            long from = (long) block * TernaryLayout.BLOCK_BYTES;
            for (int i = 0; i < weights.length; i++) {
                int four = codes.get(JAVA_BYTE, from + TernaryLayout.byteOf(i));
                weights[i] = (byte) ((four >> TernaryLayout.shiftOf(i)) & 3);
            }
            long to = block * 28L;
            digits(weights, 0, 16, 5, out, to);
            digits(weights, 80, 8, 5, out, to + 16);
            digits(weights, 120, 2, 4, out, to + 24);
            out.set(SHORT, to + 26, scales.at(block));
        }
    }

    /** Bytes of five digits in base 3, the most significant first; a fifth that is missing is 0. */
    private static void digits(byte[] weights, int first, int bytes, int digits, MemorySegment out, long to) {
        for (int m = 0; m < bytes; m++) {
            int value = 0;
            for (int k = 0; k < 5; k++) {
                value = value * 3 + (k < digits ? weights[first + k * bytes + m] : 0);
            }
            out.set(JAVA_BYTE, to + m, TernaryFormat.fraction(value));
        }
    }

    /** The bits at one place of a block's 32 bytes, one after another. */
    private static long run(MemorySegment codes, int block, int shift, long mask) {
        int bits = Long.bitCount(mask);
        long run = 0;
        for (int i = 0; i < 4; i++) {
            long eight = codes.get(CodeRuns.LONG, (long) block * TernaryLayout.BLOCK_BYTES + 8L * i);
            run |= Long.compress(eight >>> shift, mask) << (bits * i);
        }
        return run;
    }
}
