package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * TQ1_0: a byte holds five weights as the fraction {@code byte / 256 = 0.t0t1t2t3t4} in base 3, rounded up. A block is 32
 * bytes for weights 0..159 (digit {@code n} of byte {@code m} is weight {@code 32 n + m}), 16 bytes for 160..239 ({@code 160 +
 * 16 n + m}), and 4 bytes of four digits for 240..255 ({@code 240 + 4 n + m}).
 */
final class Tq1Rows extends TqRows {
    /** The digits of every byte: the first at bits 8..9, the fifth at bits 0..1. */
    private final short[] digits = new short[256];

    Tq1Rows(MemorySegment data, int rows, int columns) {
        super(data, rows, columns, 54);
        for (int value = 0; value < 256; value++) {
            int rest = value;
            int codes = 0;
            for (int digit = 0; digit < 5; digit++) {
                rest = (rest & 255) * 3;
                codes = codes << 2 | rest >> 8;
            }
            digits[value] = (short) codes;
        }
    }

    @Override
    void packBlock(long from, MemorySegment out, long offset) {
        for (int m = 0; m < 32; m++) {
            int five = digits(from + m);
            out.set(JAVA_BYTE, offset + m, (byte) (five >> 2));
            // The second canonical block: weight 128 + m is the fifth digit here, the other three are set below.
            out.set(JAVA_BYTE, offset + 32 + m, (byte) ((five & 3) << 6));
        }
        for (int m = 0; m < 16; m++) {
            int five = digits(from + 32 + m);
            int four = digits(from + 48 + m % 4);
            // Weights 160 + m and 176 + m, 192 + m and 208 + m, 224 + m; 240 + m is digit m / 4 of the last four bytes.
            or(out, offset + 32 + m, ((five >> 8) & 3) << 4 | ((five >> 4) & 3) << 2 | (five & 3));
            int last = (four >> (8 - m / 4 * 2)) & 3;
            or(out, offset + 48 + m, ((five >> 6) & 3) << 4 | ((five >> 2) & 3) << 2 | last);
        }
    }

    private int digits(long at) {
        return digits[data.get(JAVA_BYTE, at) & 255];
    }

    private static void or(MemorySegment out, long at, int bits) {
        out.set(JAVA_BYTE, at, (byte) (out.get(JAVA_BYTE, at) | bits));
    }
}
