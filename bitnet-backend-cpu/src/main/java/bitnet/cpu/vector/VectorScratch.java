package bitnet.cpu.vector;

import bitnet.cpu.Scratch;
import bitnet.scalar.Sum256;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/** Arrays for the operations that work on them. */
final class VectorScratch extends Scratch {
    /** Room for two rows, one of them with its partner behind it, as gate and up. */
    final float[] x;

    final float[] y;
    final float[] lanes = new float[Sum256.LANES];
    final byte[] codes;
    final AttentionScratch attention;
    /** One array for each length of gains: a model has two or three. */
    private final Map<Integer, float[]> gains = new HashMap<>();

    VectorScratch(MemorySegment memory, int columns, AttentionScratch attention) {
        super(memory);
        x = new float[2 * columns];
        y = new float[columns];
        codes = new byte[Math.addExact(columns, 16)];
        this.attention = attention;
    }

    /** A gain in an array of just its length. */
    float[] gain(MemorySegment gain, int columns) {
        float[] weights = gains.computeIfAbsent(columns, float[]::new);
        MemorySegment.copy(gain, ValueLayout.JAVA_FLOAT, 0, weights, 0, columns);
        return weights;
    }
}
