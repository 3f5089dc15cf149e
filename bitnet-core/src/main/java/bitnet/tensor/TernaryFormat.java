package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** The layouts in which ternary rows are written; what {@link TernaryRows} read. */
public enum TernaryFormat {
    /** I2_S as {@link I2sLayout#X86}: 128 weights in 32 bytes; the scale stands after the tensor. */
    I2_S_X86(128, 32),
    /** I2_S as {@link I2sLayout#ARM}: written in pairs of runs. */
    I2_S_ARM(128, 32),
    /** ggml's TQ1_0. */
    TQ1_0(256, 54),
    /** ggml's TQ2_0. */
    TQ2_0(256, 66),
    /** Floats: -s, 0 and s in half precision. */
    F16(1, 2),
    /** Floats in bfloat16. */
    BF16(1, 2);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long PAIR = 0x0303030303030303L;

    private final int blockWeights;
    private final int blockBytes;

    TernaryFormat(int blockWeights, int blockBytes) {
        this.blockWeights = blockWeights;
        this.blockBytes = blockBytes;
    }

    /** Weights that a row must be a multiple of. */
    public int blockWeights() {
        return blockWeights;
    }

    /** Bytes of a row. */
    public long rowBytes(int columns) {
        return (long) columns / blockWeights * blockBytes;
    }

    /** The scale as this format holds it. */
    public float round(float scale) {
        return switch (this) {
            case I2_S_X86, I2_S_ARM -> scale;
            case TQ1_0, TQ2_0, F16 -> Float.float16ToFloat(Float.floatToFloat16(scale));
            case BF16 -> Float.intBitsToFloat(Quantize.bf16(scale) << 16);
        };
    }

    /**
     * Writes a matrix, on all cores.
     *
     * @param codes in the canonical layout
     * @param scale of the tensor
     * @param order the rows to write, in their order; see {@link #inOrder} and {@link #inAdjacentPairs}
     * @param columns a multiple of {@link #blockWeights}
     * @param out takes {@code order.length * rowBytes(columns)} bytes
     */
    public void write(MemorySegment codes, float scale, int[] order, int columns, MemorySegment out) {
        long from = TernaryLayout.rowBytes(columns);
        long to = rowBytes(columns);
        TernaryConversion.tasks(order.length, out)
                .forEach(row -> row(codes.asSlice(order[row] * from, from), scale, columns, out.asSlice(row * to, to)));
    }

    /** The rows as they are. */
    public static int[] inOrder(int rows) {
        return IntStream.range(0, rows).toArray();
    }

    /** The rows of heads whose rotary pairs are {@code i} and {@code i + headDim / 2}, so that pairs are adjacent: the inverse of {@link AdjacentPairs}. */
    public static int[] inAdjacentPairs(int rows, int headDim) {
        return IntStream.range(0, rows)
                .map(row -> {
                    int dimension = row % headDim;
                    return row - dimension + dimension / 2 + dimension % 2 * (headDim / 2);
                })
                .toArray();
    }

    private void row(MemorySegment codes, float scale, int columns, MemorySegment out) {
        switch (this) {
            case I2_S_X86 -> out.copyFrom(codes);
            case I2_S_ARM -> arm(codes, out);
            case TQ1_0 -> tq1(codes, Float.floatToFloat16(scale), out);
            case TQ2_0 -> tq2(codes, Float.floatToFloat16(scale), out);
            case F16 -> floats(codes, columns, Float.floatToFloat16(scale), out);
            case BF16 -> floats(codes, columns, Quantize.bf16(scale), out);
        }
    }

    private static void arm(MemorySegment codes, MemorySegment out) {
        for (long block = 0; block < codes.byteSize(); block += TernaryLayout.BLOCK_BYTES) {
            for (int p = 0; p < 16; p += Long.BYTES) {
                long low = codes.get(LONG, block + p);
                long high = codes.get(LONG, block + 16 + p);
                out.set(
                        LONG,
                        block + p,
                        ((low >>> 6) & PAIR) << 6
                                | ((high >>> 6) & PAIR) << 4
                                | ((low >>> 4) & PAIR) << 2
                                | ((high >>> 4) & PAIR));
                out.set(
                        LONG,
                        block + 16 + p,
                        ((low >>> 2) & PAIR) << 6 | ((high >>> 2) & PAIR) << 4 | (low & PAIR) << 2 | (high & PAIR));
            }
        }
    }

    private static void tq2(MemorySegment codes, short scale, MemorySegment out) {
        for (long block = 0; block < codes.byteSize() / 64; block++) {
            for (int at = 0; at < 64; at += Long.BYTES) {
                long fours = codes.get(LONG, block * 64 + at);
                out.set(
                        LONG,
                        block * 66 + at,
                        (fours & PAIR) << 6
                                | ((fours >>> 2) & PAIR) << 4
                                | ((fours >>> 4) & PAIR) << 2
                                | ((fours >>> 6) & PAIR));
            }
            out.set(SHORT, block * 66 + 64, isZero(codes, block * 64) ? 0 : scale);
        }
    }

    private static void tq1(MemorySegment codes, short scale, MemorySegment out) {
        for (long block = 0; block < codes.byteSize() / 64; block++) {
            long first = block * 64;
            long second = first + 32;
            long to = block * 54;
            for (int m = 0; m < 32; m++) {
                int four = codes.get(JAVA_BYTE, first + m);
                int fifth = digit(codes, second + m, 6);
                int value = ((four >> 6) & 3) * 81
                        + ((four >> 4) & 3) * 27
                        + ((four >> 2) & 3) * 9
                        + (four & 3) * 3
                        + fifth;
                out.set(JAVA_BYTE, to + m, fraction(value));
            }
            for (int m = 0; m < 16; m++) {
                long low = second + m;
                long high = low + 16;
                int value = digit(codes, low, 4) * 81
                        + digit(codes, high, 4) * 27
                        + digit(codes, low, 2) * 9
                        + digit(codes, high, 2) * 3
                        + digit(codes, low, 0);
                out.set(JAVA_BYTE, to + 32 + m, fraction(value));
            }
            for (int m = 0; m < 4; m++) {
                long last = second + 16 + m;
                int value = digit(codes, last, 0) * 81
                        + digit(codes, last + 4, 0) * 27
                        + digit(codes, last + 8, 0) * 9
                        + digit(codes, last + 12, 0) * 3;
                out.set(JAVA_BYTE, to + 48 + m, fraction(value));
            }
            out.set(SHORT, to + 52, isZero(codes, first) ? 0 : scale);
        }
    }

    private static int digit(MemorySegment codes, long at, int shift) {
        return (codes.get(JAVA_BYTE, at) >> shift) & 3;
    }

    /** A number of five digits in base 3 as a fraction of 256, rounded up, from which readers multiply the digits out. */
    private static byte fraction(int value) {
        return (byte) ((value * 256 + 242) / 243);
    }

    /** Whether 256 weights are all zero; ggml gives such a block the scale 0. */
    private static boolean isZero(MemorySegment codes, long from) {
        for (int at = 0; at < 64; at += Long.BYTES) {
            if (codes.get(LONG, from + at) != 0x5555555555555555L) {
                return false;
            }
        }
        return true;
    }

    private static void floats(MemorySegment codes, int columns, short scale, MemorySegment out) {
        for (int column = 0; column < columns; column++) {
            int code = code(codes, column / 128 * 32L, column % 128);
            out.set(SHORT, 2L * column, code == 1 ? 0 : code == 2 ? scale : (short) (scale ^ 0x8000));
        }
    }

    private static int code(MemorySegment codes, long block, int weight) {
        return (codes.get(JAVA_BYTE, block + weight % 32) >> (6 - weight / 32 * 2)) & 3;
    }
}
