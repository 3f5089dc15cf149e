package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/** Reads rows of float tensors. Every element type converts to float exactly; block layouts are those of ggml. */
public final class Dequantize {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Dequantize() {}

    /**
     * Reads a row.
     *
     * @param type how the elements are stored
     * @param data the tensor, or a part of it
     * @param offset where in {@code data} the row begins, in bytes
     * @param columns elements of the row; a whole number of blocks
     * @param out takes the elements, from index 0
     * @throws IndexOutOfBoundsException if {@code data} or {@code out} ends before the row does
     */
    public static void row(ElementType type, MemorySegment data, long offset, int columns, float[] out) {
        // Not a slice of the data: that would be an object for every row of a head.
        Objects.checkFromIndexSize(offset, type.rowBytes(columns), data.byteSize());
        switch (type) {
            case F32 -> MemorySegment.copy(data, FLOAT, offset, out, 0, columns);
            case F16 -> {
                for (int i = 0; i < columns; i++) {
                    out[i] = Float.float16ToFloat(data.get(SHORT, offset + 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < columns; i++) {
                    out[i] = Float.intBitsToFloat(data.get(SHORT, offset + 2L * i) << 16);
                }
            }
            case Q8_0 -> blocks(type, data, offset, columns, out, Dequantize::q8);
            case Q6_K -> blocks(type, data, offset, columns, out, Dequantize::q6k);
            case Q5_0 -> blocks(type, data, offset, columns, out, Dequantize::q5);
            case Q4_0 -> blocks(type, data, offset, columns, out, Dequantize::q4);
        }
    }

    @FunctionalInterface
    private interface Block {
        void read(MemorySegment row, long at, float[] out, int to);
    }

    private static void blocks(
            ElementType type, MemorySegment data, long offset, int columns, float[] out, Block block) {
        int blocks = columns / type.blockElements();
        for (int b = 0; b < blocks; b++) {
            block.read(data, offset + (long) b * type.blockBytes(), out, b * type.blockElements());
        }
    }

    private static void q8(MemorySegment row, long at, float[] out, int to) {
        float d = half(row, at);
        for (int j = 0; j < 32; j++) {
            out[to + j] = d * row.get(JAVA_BYTE, at + 2 + j);
        }
    }

    private static void q4(MemorySegment row, long at, float[] out, int to) {
        float d = half(row, at);
        for (int j = 0; j < 16; j++) {
            int pair = row.get(JAVA_BYTE, at + 2 + j);
            out[to + j] = d * ((pair & 15) - 8);
            out[to + 16 + j] = d * (((pair >> 4) & 15) - 8);
        }
    }

    private static void q5(MemorySegment row, long at, float[] out, int to) {
        float d = half(row, at);
        int fifth = row.get(INT, at + 2);
        for (int j = 0; j < 16; j++) {
            int pair = row.get(JAVA_BYTE, at + 6 + j);
            out[to + j] = d * (((pair & 15) | ((fifth >>> j) & 1) << 4) - 16);
            out[to + 16 + j] = d * ((((pair >> 4) & 15) | ((fifth >>> (j + 16)) & 1) << 4) - 16);
        }
    }

    /** Two halves of 128 elements, each of four quarters of 32 whose low bits are nibbles and whose high bits share a byte. */
    private static void q6k(MemorySegment row, long at, float[] out, int to) {
        float d = half(row, at + 208);
        for (int half = 0; half < 2; half++) {
            for (int quarter = 0; quarter < 4; quarter++) {
                long low = at + 64L * half + 32L * (quarter & 1);
                long high = at + 128 + 32L * half;
                long scales = at + 192 + 8L * half + 2L * quarter;
                int lowShift = 4 * (quarter >> 1);
                int highShift = 2 * quarter;
                int base = to + 128 * half + 32 * quarter;
                for (int l = 0; l < 32; l++) {
                    int nibble = (row.get(JAVA_BYTE, low + l) >> lowShift) & 15;
                    int pair = (row.get(JAVA_BYTE, high + l) >> highShift) & 3;
                    out[base + l] = d * row.get(JAVA_BYTE, scales + l / 16) * ((nibble | pair << 4) - 32);
                }
            }
        }
    }

    private static float half(MemorySegment row, long at) {
        return Float.float16ToFloat(row.get(SHORT, at));
    }
}
