package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Matrices of blocks that hold the codes of a group of a row and its scale as F16: the types of Bonsai's GGUF files (PrismML's
 * fork of llama.cpp, and llama.cpp itself for {@link Layout#Q1_0} and {@link Layout#Q2_0}).
 *
 * @param data {@code rows * columns / layout.weights() * layout.bytes()} bytes
 */
public record GroupBlocks(Layout layout, MemorySegment data, int rows, int columns) implements ScaledRows {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** What a block looks like. */
    public enum Layout {
        /** 128 weights: the scale, then a bit a weight; 1 is +1, 0 is -1. */
        Q1_0(128, 18, 0),
        /** 64 weights: the scale, then two bits a weight; code 3 is +2. */
        Q2_0(64, 18, 0),
        /** 128 weights, otherwise like {@link #Q2_0}. */
        PQ2_0(128, 34, 0),
        /** 128 weights in base 3: digits of 16, 8 and 2 bytes interleave; the scale comes last. */
        PTQ1_0(128, 28, 26);

        private final int weights;
        private final int bytes;
        private final int scaleAt;

        Layout(int weights, int bytes, int scaleAt) {
            this.weights = weights;
            this.bytes = bytes;
            this.scaleAt = scaleAt;
        }

        /** Weights of a block. */
        public int weights() {
            return weights;
        }

        /** Bytes of a block. */
        public int bytes() {
            return bytes;
        }
    }

    /** @throws IllegalArgumentException if the data's size is not that of the shape */
    public GroupBlocks {
        long blocks = (long) rows * (columns / layout.weights);
        if (columns % layout.weights != 0 || data.byteSize() != blocks * layout.bytes) {
            throw new IllegalArgumentException(data.byteSize() + " bytes for " + rows + " x " + columns);
        }
    }

    @Override
    public int groupColumns() {
        return layout.weights;
    }

    @Override
    public short scale(int row, int group) {
        return data.get(SHORT, block(row, group) + layout.scaleAt);
    }

    private long block(int row, int group) {
        return ((long) row * (columns / layout.weights) + group) * layout.bytes;
    }

    @Override
    public void pack(int row, MemorySegment out, long offset) {
        int groups = columns / layout.weights;
        long at = block(row, 0);
        switch (layout) {
            case Q1_0 -> {
                for (int g = 0; g < groups; g++, at += 18) {
                    CodeRuns.oneBit(
                            data.get(CodeRuns.INT, at + 2),
                            data.get(CodeRuns.INT, at + 6),
                            data.get(CodeRuns.INT, at + 10),
                            data.get(CodeRuns.INT, at + 14),
                            out,
                            offset + (long) g * TernaryLayout.BLOCK_BYTES);
                }
            }
            case Q2_0 -> {
                for (int g = 0; g < groups; g += 2, at += 36) {
                    boolean whole = g + 1 < groups;
                    CodeRuns.twoBits(
                            data.get(CodeRuns.LONG, at + 2),
                            data.get(CodeRuns.LONG, at + 10),
                            whole ? data.get(CodeRuns.LONG, at + 20) : CodeRuns.ZEROS,
                            whole ? data.get(CodeRuns.LONG, at + 28) : CodeRuns.ZEROS,
                            out,
                            offset + (long) (g / 2) * TernaryLayout.BLOCK_BYTES);
                }
            }
            case PQ2_0 -> {
                for (int g = 0; g < groups; g++, at += 34) {
                    CodeRuns.twoBits(
                            data.get(CodeRuns.LONG, at + 2),
                            data.get(CodeRuns.LONG, at + 10),
                            data.get(CodeRuns.LONG, at + 18),
                            data.get(CodeRuns.LONG, at + 26),
                            out,
                            offset + (long) g * TernaryLayout.BLOCK_BYTES);
                }
            }
            case PTQ1_0 -> {
                byte[] codes = new byte[128];
                for (int g = 0; g < groups; g++, at += 28) {
                    digits(at, 16, 5, codes, 0);
                    digits(at + 16, 8, 5, codes, 80);
                    digits(at + 24, 2, 4, codes, 120);
                    long to = offset + (long) g * TernaryLayout.BLOCK_BYTES;
                    for (int p = 0; p < 32; p++) {
                        int four = codes[p] << 6 | codes[p + 32] << 4 | codes[p + 64] << 2 | codes[p + 96];
                        out.set(JAVA_BYTE, to + p, (byte) four);
                    }
                }
            }
        }
    }

    /** Digit {@code k} of byte {@code m} is weight {@code first + k * bytes + m}; the most significant digit comes first. */
    private void digits(long at, int bytes, int digits, byte[] codes, int first) {
        for (int m = 0; m < bytes; m++) {
            int rest = data.get(JAVA_BYTE, at + m) & 255;
            for (int k = 0; k < digits; k++) {
                rest *= 3;
                codes[first + k * bytes + m] = (byte) (rest >> 8);
                rest &= 255;
            }
        }
    }
}
