package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Writes rows of float tensors; what {@link Dequantize} reads. F16 and BF16 round to nearest even. */
public final class Quantize {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Quantize() {}

    /** Whether rows of this type can be written. */
    public static boolean supports(ElementType type) {
        return switch (type) {
            case F32, F16, BF16, Q8_0, Q6_K -> true;
            case Q5_0, Q4_0 -> false;
        };
    }

    /**
     * Writes a row.
     *
     * @param type one that is {@linkplain #supports supported}
     * @param row the elements, a whole number of blocks, all finite
     * @param out takes {@link ElementType#rowBytes} bytes at {@code offset}
     */
    public static void row(ElementType type, float[] row, MemorySegment out, long offset) {
        MemorySegment bytes = out.asSlice(offset, type.rowBytes(row.length));
        switch (type) {
            case F32 -> {
                for (int i = 0; i < row.length; i++) {
                    bytes.set(FLOAT, 4L * i, row[i]);
                }
            }
            case F16 -> {
                for (int i = 0; i < row.length; i++) {
                    bytes.set(SHORT, 2L * i, Float.floatToFloat16(row[i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < row.length; i++) {
                    bytes.set(SHORT, 2L * i, bf16(row[i]));
                }
            }
            case Q8_0 -> {
                for (int block = 0; block < row.length / 32; block++) {
                    q8(row, 32 * block, bytes, 34L * block);
                }
            }
            case Q6_K -> QuantizeQ6K.row(row, bytes);
            case Q5_0, Q4_0 -> throw new IllegalArgumentException(type + " is read, not written");
        }
    }

    /** The upper half of the bits, rounded to nearest even. */
    static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** As ggml's vector code does it: the scale is the largest magnitude over 127, quants are rounded by the scale in full precision. */
    private static void q8(float[] row, int from, MemorySegment out, long at) {
        float largest = 0;
        for (int i = 0; i < 32; i++) {
            largest = Math.max(largest, Math.abs(row[from + i]));
        }
        float d = largest / 127;
        float inverse = d == 0 ? 0 : 1 / d;
        out.set(SHORT, at, Float.floatToFloat16(d));
        for (int i = 0; i < 32; i++) {
            out.set(JAVA_BYTE, at + 2 + i, (byte) Math.rint(row[from + i] * inverse));
        }
    }
}
