package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** The layouts in which ternary rows are written; what {@link TernaryRows} and {@link ScaledRows} read. */
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
    BF16(1, 2),
    /** Blocks as {@link GroupBlocks.Layout#Q1_0}. */
    Q1_0(128, 18),
    /** Blocks as {@link GroupBlocks.Layout#Q2_0}. */
    Q2_0(64, 18),
    /** Blocks as {@link GroupBlocks.Layout#PQ2_0}. */
    PQ2_0(128, 34),
    /** Blocks as {@link GroupBlocks.Layout#PTQ1_0}. */
    PTQ1_0(128, 28);

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
            case TQ1_0, TQ2_0, F16, Q1_0, Q2_0, PQ2_0, PTQ1_0 -> Float.float16ToFloat(Float.floatToFloat16(scale));
            case BF16 -> Float.intBitsToFloat(Quantize.bf16(scale) << 16);
        };
    }

    /**
     * Whether this format has a form for all of these weights: two bits a weight have one for -1 to +2, one bit for -1 and +1, and
     * all others for -1, 0 and +1.
     *
     * @param codes in the canonical layout
     */
    public boolean holds(MemorySegment codes) {
        return switch (this) {
            case Q2_0, PQ2_0 -> true;
            case Q1_0 -> {
                long odd = 0;
                for (long at = 0; at < codes.byteSize(); at += Long.BYTES) {
                    odd |= codes.get(LONG, at) & 0x5555555555555555L;
                }
                yield odd == 0;
            }
            case I2_S_X86, I2_S_ARM, TQ1_0, TQ2_0, F16, BF16, PTQ1_0 -> TernaryConversion.firstInvalid(codes) < 0;
        };
    }

    /**
     * Writes a matrix of one scale, on all cores.
     *
     * @param codes in the canonical layout
     * @param scale of the tensor
     * @param order the rows to write, in their order; see {@link #inOrder} and {@link #inAdjacentPairs}
     * @param columns a multiple of {@link #blockWeights}
     * @param out takes {@code order.length * rowBytes(columns)} bytes
     */
    public void write(MemorySegment codes, float scale, int[] order, int columns, MemorySegment out) {
        short stored = this == BF16 ? Quantize.bf16(scale) : Float.floatToFloat16(scale);
        long rowBytes = TernaryLayout.rowBytes(columns);
        boolean ggml = this == TQ1_0 || this == TQ2_0;
        write(
                codes,
                (row, block) -> ggml && isZero(codes, row * rowBytes + block * 64L) ? 0 : stored,
                order,
                columns,
                out);
    }

    /**
     * Writes a matrix of scales of groups, on all cores: each block gets the scale of the group that its first weight is in.
     *
     * @param codes in the canonical layout
     * @param scales F16 in native order, group by group and row by row
     * @param groupColumns columns of a group; the last of a row may be short
     * @param order the rows to write, in their order; see {@link #inOrder} and {@link #inAdjacentPairs}
     * @param columns a multiple of {@link #blockWeights}
     * @param out takes {@code order.length * rowBytes(columns)} bytes
     */
    public void write(
            MemorySegment codes, MemorySegment scales, int groupColumns, int[] order, int columns, MemorySegment out) {
        long groups = Math.ceilDiv(columns, groupColumns);
        write(
                codes,
                (row, block) -> scales.getAtIndex(
                        ValueLayout.JAVA_SHORT, row * groups + (long) block * blockWeights / groupColumns),
                order,
                columns,
                out);
    }

    /** The scale of a block of a row, as the format stores it. */
    private interface BlockScales {
        short at(int row, int block);
    }

    private void write(MemorySegment codes, BlockScales scales, int[] order, int columns, MemorySegment out) {
        long from = TernaryLayout.rowBytes(columns);
        long to = rowBytes(columns);
        TernaryConversion.tasks(order.length, out).forEach(i -> {
            int row = order[i];
            row(codes.asSlice(row * from, from), block -> scales.at(row, block), columns, out.asSlice(i * to, to));
        });
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

    private void row(MemorySegment codes, BlockWriter.Scales scales, int columns, MemorySegment out) {
        switch (this) {
            case I2_S_X86 -> out.copyFrom(codes);
            case I2_S_ARM -> arm(codes, out);
            case TQ1_0 -> tq1(codes, scales, out);
            case TQ2_0 -> tq2(codes, scales, out);
            case F16, BF16 -> floats(codes, columns, scales.at(0), out);
            case Q1_0 -> BlockWriter.q1(codes, scales, out);
            case Q2_0 -> BlockWriter.q2(codes, scales, out);
            case PQ2_0 -> BlockWriter.pq2(codes, scales, out);
            case PTQ1_0 -> BlockWriter.ptq1(codes, scales, out);
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

    private static void tq2(MemorySegment codes, BlockWriter.Scales scales, MemorySegment out) {
        for (int block = 0; block < codes.byteSize() / 64; block++) {
            for (int at = 0; at < 64; at += Long.BYTES) {
                long fours = codes.get(LONG, block * 64L + at);
                out.set(
                        LONG,
                        block * 66L + at,
                        (fours & PAIR) << 6
                                | ((fours >>> 2) & PAIR) << 4
                                | ((fours >>> 4) & PAIR) << 2
                                | ((fours >>> 6) & PAIR));
            }
            out.set(SHORT, block * 66L + 64, scales.at(block));
        }
    }

    private static void tq1(MemorySegment codes, BlockWriter.Scales scales, MemorySegment out) {
        for (int block = 0; block < codes.byteSize() / 64; block++) {
            long first = block * 64L;
            long second = first + 32;
            long to = block * 54L;
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
            out.set(SHORT, to + 52, scales.at(block));
        }
    }

    private static int digit(MemorySegment codes, long at, int shift) {
        return (codes.get(JAVA_BYTE, at) >> shift) & 3;
    }

    /** A number of five digits in base 3 as a fraction of 256, rounded up, from which readers multiply the digits out. */
    static byte fraction(int value) {
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
