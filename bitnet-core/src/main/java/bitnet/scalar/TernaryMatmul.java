package bitnet.scalar;

import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A ternary matrix times int8 activations, by tables: four weights share a byte, so for each byte of a block a table holds
 * what any value of it adds to the sum. An entry is a long with 16 bits for each of four tokens; the sum over a block of
 * 128 weights stays within +-16384 and cannot spill over. This needs nothing of the JIT's vectoriser: 7 to 9 G products/s
 * for one token on one thread and four times that for four, against 3 to 5 for unpacking and multiplying.
 *
 * <p>Reads weights where they lie. Not thread-safe: owns scratch memory.
 */
public final class TernaryMatmul {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int TOKENS = 4;
    private static final int BLOCK_WORDS = TernaryLayout.BLOCK_BYTES / Long.BYTES;
    /** Weights are walked in columns of blocks, so a tile of rows that fits into the second-level cache is copied first. */
    private static final int TILE_WORDS = (1 << 20) / Long.BYTES;

    private final long[] table = new long[TernaryLayout.BLOCK_BYTES << 8];
    private long[] tile = {};
    private int[] sums = {};

    /** Without scratch memory yet. */
    public TernaryMatmul() {}

    /**
     * Row {@code r} of token {@code t}, at {@code y[t * yStride + yFrom + r]}: the int32 product as float, times {@code
     * scale / factors[t]}.
     *
     * @param q codes of the tokens, {@code columns} each
     * @param factors of the tokens, as {@link Quantize} gave them
     * @param add to what is there, instead of replacing it
     */
    public void multiply(
            TernaryTensor.Packed w,
            int rows,
            int columns,
            byte[] q,
            float[] factors,
            int tokens,
            float[] y,
            int yFrom,
            int yStride,
            boolean add) {
        int rowWords = (int) (TernaryLayout.rowBytes(columns) / Long.BYTES);
        int tileRows = Math.clamp(TILE_WORDS / rowWords, 1, rows);
        reserve(tileRows, rowWords);
        for (int row = 0; row < rows; row += tileRows) {
            int count = Math.min(tileRows, rows - row);
            MemorySegment.copy(w.codes(), WORD, (long) row * rowWords * Long.BYTES, tile, 0, count * rowWords);
            for (int token = 0; token < tokens; token += TOKENS) {
                int width = Math.min(TOKENS, tokens - token);
                sums(count, columns, q, token * columns, width);
                for (int t = 0; t < width; t++) {
                    float scale = w.scale() / factors[token + t];
                    int at = (token + t) * yStride + yFrom + row;
                    for (int r = 0; r < count; r++) {
                        float product = (float) sums[r * TOKENS + t] * scale;
                        y[at + r] = add ? y[at + r] + product : product;
                    }
                }
            }
        }
    }

    private void reserve(int rows, int rowWords) {
        if (tile.length < rows * rowWords) {
            tile = new long[rows * rowWords];
        }
        if (sums.length < rows * TOKENS) {
            sums = new int[rows * TOKENS];
        }
    }

    /** Bytes of scratch memory. */
    long memoryBytes() {
        return (long) Long.BYTES * (table.length + tile.length) + (long) Integer.BYTES * sums.length;
    }

    /** The exact sums of the tile's rows for up to four tokens. */
    private void sums(int rows, int columns, byte[] q, int from, int tokens) {
        Arrays.fill(sums, 0, rows * TOKENS, 0);
        int blocks = Math.ceilDiv(columns, TernaryLayout.BLOCK_WEIGHTS);
        for (int block = 0; block < blocks; block++) {
            fillTable(q, from, columns, block * TernaryLayout.BLOCK_WEIGHTS, tokens);
            addBlock(tile, block * BLOCK_WORDS, blocks * BLOCK_WORDS, rows, table, sums);
        }
    }

    /** For each byte of a block, the 81 values that it can have. */
    private void fillTable(byte[] q, int from, int columns, int column, int tokens) {
        for (int p = 0; p < TernaryLayout.BLOCK_BYTES; p++) {
            long a = lanes(q, from, columns, column + p, tokens);
            long b = lanes(q, from, columns, column + p + 32, tokens);
            long c = lanes(q, from, columns, column + p + 64, tokens);
            long d = lanes(q, from, columns, column + p + 96, tokens);
            long sumA = -a - b - c - d;
            for (int i = 0; i < 3; i++, sumA += a) {
                long sumB = sumA;
                for (int j = 0; j < 3; j++, sumB += b) {
                    long sumC = sumB;
                    for (int k = 0; k < 3; k++, sumC += c) {
                        int at = p << 8 | i << 6 | j << 4 | k << 2;
                        table[at] = sumC;
                        table[at + 1] = sumC + d;
                        table[at + 2] = sumC + d + d;
                    }
                }
            }
        }
    }

    /** The activations of a column, 16 bits a token, the first token lowest; carries are part of it. Padding is 0. */
    private static long lanes(byte[] q, int from, int columns, int column, int tokens) {
        long lanes = 0;
        if (column < columns) {
            for (int t = tokens - 1; t >= 0; t--) {
                lanes = (lanes << 16) + q[from + t * columns + column];
            }
        }
        return lanes;
    }

    private static void addBlock(long[] tile, int from, int rowWords, int rows, long[] table, int[] sums) {
        for (int r = 0; r < rows; r++) {
            int at = from + r * rowWords;
            long sum = lookUp(tile[at], table, 0)
                    + lookUp(tile[at + 1], table, 8 << 8)
                    + lookUp(tile[at + 2], table, 16 << 8)
                    + lookUp(tile[at + 3], table, 24 << 8);
            for (int t = 0; t < TOKENS; t++) {
                short lane = (short) sum;
                sums[r * TOKENS + t] += lane;
                sum = (sum - lane) >> 16;
            }
        }
    }

    private static long lookUp(long word, long[] table, int from) {
        return table[from | (int) (word & 255)]
                + table[from + (1 << 8) | (int) (word >>> 8 & 255)]
                + table[from + (2 << 8) | (int) (word >>> 16 & 255)]
                + table[from + (3 << 8) | (int) (word >>> 24 & 255)]
                + table[from + (4 << 8) | (int) (word >>> 32 & 255)]
                + table[from + (5 << 8) | (int) (word >>> 40 & 255)]
                + table[from + (6 << 8) | (int) (word >>> 48 & 255)]
                + table[from + (7 << 8) | (int) (word >>> 56)];
    }
}
