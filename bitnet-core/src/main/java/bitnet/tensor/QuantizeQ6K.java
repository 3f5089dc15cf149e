package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Quantises blocks to Q6_K: sixteen groups of 16 elements, each {@code d * scale * q} with int8 {@code scale} and {@code q} in -32..31.
 * The scale of a group is searched, near the one that maps its largest element to the end of the range, for the least
 * squared error; then all are rounded to eight bits and the quants are chosen anew by the rounded scales.
 */
final class QuantizeQ6K {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int GROUPS = 16;
    private static final int GROUP = 16;
    /** How far the search goes to either side, in tenths of a quant at the largest element. */
    private static final int STEPS = 9;

    private QuantizeQ6K() {}

    static void block(float[] row, int from, MemorySegment out, long at) {
        float[] scales = new float[GROUPS];
        float extreme = 0;
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = bestScale(row, from + group * GROUP);
            if (Math.abs(scales[group]) > Math.abs(extreme)) {
                extreme = scales[group];
            }
        }
        // The largest scale becomes -128, so that one more step than 127 is used.
        float d = Float.float16ToFloat(Float.floatToFloat16(extreme / -128));
        int[] rounded = new int[GROUPS];
        int[] quants = new int[GROUPS * GROUP];
        for (int group = 0; group < GROUPS; group++) {
            rounded[group] = d == 0 ? 0 : Math.clamp(Math.round(scales[group] / d), -128, 127);
            float step = d * rounded[group];
            for (int i = 0; i < GROUP; i++) {
                int index = group * GROUP + i;
                quants[index] = step == 0 ? 0 : Math.clamp((long) Math.rint(row[from + index] / step), -32, 31);
            }
        }
        write(d, rounded, quants, out, at);
    }

    /** The scale with the least squared error among those that put the largest element at -32 +- 0.9. */
    private static float bestScale(float[] row, int from) {
        float extreme = 0;
        for (int i = 0; i < GROUP; i++) {
            if (Math.abs(row[from + i]) > Math.abs(extreme)) {
                extreme = row[from + i];
            }
        }
        if (Math.abs(extreme) < 1e-15f) {
            return 0;
        }
        float best = 0;
        float bestGain = 0;
        for (int step = -STEPS; step <= STEPS; step++) {
            float inverse = -(32 + 0.1f * step) / extreme;
            float dot = 0;
            float squares = 0;
            for (int i = 0; i < GROUP; i++) {
                float x = row[from + i];
                int q = Math.clamp((long) Math.rint(x * inverse), -32, 31);
                dot += x * q;
                squares += q * q;
            }
            // For given quants the best scale is dot / squares, and it lessens the squared error by dot^2 / squares.
            float gain = squares == 0 ? 0 : dot * dot / squares;
            if (gain > bestGain) {
                bestGain = gain;
                best = dot / squares;
            }
        }
        return best;
    }

    private static void write(float d, int[] scales, int[] quants, MemorySegment out, long at) {
        for (int half = 0; half < 2; half++) {
            for (int l = 0; l < 32; l++) {
                int q = 128 * half + l;
                int first = quants[q] + 32;
                int second = quants[q + 32] + 32;
                int third = quants[q + 64] + 32;
                int fourth = quants[q + 96] + 32;
                out.set(JAVA_BYTE, at + 64L * half + l, (byte) ((first & 15) | (third & 15) << 4));
                out.set(JAVA_BYTE, at + 64L * half + 32 + l, (byte) ((second & 15) | (fourth & 15) << 4));
                int high = first >> 4 | (second >> 4) << 2 | (third >> 4) << 4 | (fourth >> 4) << 6;
                out.set(JAVA_BYTE, at + 128 + 32L * half + l, (byte) high);
            }
        }
        for (int group = 0; group < GROUPS; group++) {
            out.set(JAVA_BYTE, at + 192 + group, (byte) scales[group]);
        }
        out.set(SHORT, at + 208, Float.floatToFloat16(d));
    }
}
