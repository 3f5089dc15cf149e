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

    /** Added and taken away again it rounds to nearest even, since a float of this size has no fraction. */
    private static final float ROUND = 0x1.8p23f;

    private QuantizeQ6K() {}

    static void row(float[] row, MemorySegment out) {
        float[] scales = bestScales(row);
        for (int block = 0; block < row.length / (GROUPS * GROUP); block++) {
            block(row, block, scales, out);
        }
    }

    private static void block(float[] row, int block, float[] scales, MemorySegment out) {
        int firstGroup = block * GROUPS;
        float extreme = 0;
        for (int group = 0; group < GROUPS; group++) {
            float scale = scales[firstGroup + group];
            extreme = Math.abs(scale) > Math.abs(extreme) ? scale : extreme;
        }
        // The largest scale becomes -128, so that one more step than 127 is used.
        float d = extreme == 0 ? 0 : Float.float16ToFloat(Float.floatToFloat16(extreme / -128));
        int[] rounded = new int[GROUPS];
        int[] quants = new int[GROUPS * GROUP];
        for (int group = 0; group < GROUPS; group++) {
            rounded[group] = d == 0 ? 0 : Math.clamp(Math.round(scales[firstGroup + group] / d), -128, 127);
            float step = d * rounded[group];
            float inverse = step == 0 ? 0 : 1 / step;
            for (int i = 0; i < GROUP; i++) {
                float x = row[(firstGroup + group) * GROUP + i];
                quants[group * GROUP + i] = (int) Math.min(31, Math.max(-32, (x * inverse + ROUND) - ROUND));
            }
        }
        write(d, rounded, quants, out, 210L * block);
    }

    /**
     * For every group the scale with the least squared error among those that put its largest element at -32 +- 0.9. The
     * groups of a row go through the search side by side: those loops are long and without a dependency, so
     * that the compiler vectorises them (23 ns an element instead of 38 with one group after another).
     */
    private static float[] bestScales(float[] row) {
        int groups = row.length / GROUP;
        float[] extremes = new float[groups];
        float[][] byElement = new float[GROUP][groups];
        for (int i = 0; i < row.length; i++) {
            int group = i / GROUP;
            extremes[group] = Math.abs(row[i]) > Math.abs(extremes[group]) ? row[i] : extremes[group];
            byElement[i % GROUP][group] = row[i];
        }
        float[] best = new float[groups];
        float[] bestGain = new float[groups];
        float[] inverse = new float[groups];
        for (int candidate = -STEPS; candidate <= STEPS; candidate++) {
            float[] dot = new float[groups];
            float[] squares = new float[groups];
            for (int g = 0; g < groups; g++) {
                inverse[g] = Math.abs(extremes[g]) < 1e-15f ? 0 : -(32 + 0.1f * candidate) / extremes[g];
            }
            for (float[] elements : byElement) {
                accumulate(elements, inverse, dot, squares);
            }
            // For given quants the best scale is dot / squares, and it lessens the squared error by dot^2 / squares.
            for (int g = 0; g < groups; g++) {
                float gain = squares[g] == 0 ? 0 : dot[g] * dot[g] / squares[g];
                if (gain > bestGain[g]) {
                    bestGain[g] = gain;
                    best[g] = dot[g] / squares[g];
                }
            }
        }
        return best;
    }

    private static void accumulate(float[] elements, float[] inverse, float[] dot, float[] squares) {
        for (int g = 0; g < elements.length; g++) {
            float q = Math.min(31, Math.max(-32, (elements[g] * inverse[g] + ROUND) - ROUND));
            dot[g] += elements[g] * q;
            squares[g] += q * q;
        }
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
