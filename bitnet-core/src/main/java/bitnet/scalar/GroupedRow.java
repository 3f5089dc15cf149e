package bitnet.scalar;

import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** One row of a ternary matrix with scales of groups, unpacked, and its products with wide activations. Not thread-safe. */
public final class GroupedRow {
    private static final int CHAINS = 8;

    private final TernaryTensor.Packed matrix;
    private final int group;
    private final byte[] codes;
    private final short[] halves;
    private final byte[] weights;
    private final float[] scales;
    private final float[] chains = new float[CHAINS];

    /** Room for a row of {@code columns} weights of a matrix. */
    public GroupedRow(TernaryTensor.Packed matrix, ScaleGranularity granularity, int columns) {
        this.matrix = matrix;
        group = granularity.columns();
        codes = new byte[(int) TernaryLayout.rowBytes(columns)];
        weights = new byte[columns];
        scales = new float[granularity.groups(columns)];
        halves = new short[scales.length];
    }

    /** Bytes of its arrays. */
    long memoryBytes() {
        return codes.length + weights.length + (long) (Short.BYTES + Float.BYTES) * scales.length;
    }

    /** Unpacks a row. */
    public void load(int row) {
        MemorySegment.copy(matrix.codes(), ValueLayout.JAVA_BYTE, (long) row * codes.length, codes, 0, codes.length);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (byte) ((codes[TernaryLayout.byteOf(i)] >> TernaryLayout.shiftOf(i) & 3) - 1);
        }
        long from = (long) row * halves.length * Short.BYTES;
        MemorySegment.copy(matrix.groupScales(), ValueLayout.JAVA_SHORT_UNALIGNED, from, halves, 0, halves.length);
        for (int g = 0; g < scales.length; g++) {
            scales[g] = Float.float16ToFloat(halves[g]);
        }
    }

    /** The row as floats, at {@code x[from ..]}. */
    public void floats(float[] x, int from) {
        for (int i = 0; i < weights.length; i++) {
            x[from + i] = weights[i] * scales[i / group];
        }
    }

    /** The sum of the weights times the codes at {@code q[from ..]}: exact within groups, eight chains over them. */
    public float product(short[] q, int from) {
        Arrays.fill(chains, 0f);
        for (int g = 0; g < scales.length; g++) {
            int end = Math.min((g + 1) * group, weights.length);
            int sum = 0;
            for (int i = g * group; i < end; i++) {
                sum += weights[i] * q[from + i];
            }
            chains[g % CHAINS] = Math.fma((float) sum, scales[g], chains[g % CHAINS]);
        }
        float product = chains[0];
        for (int chain = 1; chain < CHAINS; chain++) {
            product += chains[chain];
        }
        return product;
    }
}
