package bitnet.cpu.vector;

import bitnet.cpu.Memory;
import bitnet.cpu.Scratch;
import bitnet.model.DeltaShape;
import bitnet.scalar.Sum256;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Arrays for the operations that work on them. */
final class VectorScratch extends Scratch {
    private static final long SUMS_BYTES = (long) TernaryProduct.TOKENS * TernaryProduct.BLOCK * Integer.BYTES;

    /** Room for two rows, one of them with its partner behind it, as gate and up. */
    final float[] x;

    final float[] y;
    final float[] lanes = new float[Sum256.LANES];
    final byte[] codes;
    final short[] wide;
    final GroupedProduct grouped = new GroupedProduct();
    final AttentionScratch attention;
    /** One array for each length of gains: a model has two or three. */
    private final Map<Integer, float[]> gains = new HashMap<>();

    private @Nullable VectorDeltaNet deltaNet;

    /** Sums of a tile of tokens for a block of rows, in 32 bits and in 16. */
    final MemorySegment sums;

    final MemorySegment panel;
    /** A tile of prepared tokens. */
    final MemorySegment input;

    VectorScratch(Memory memory, Arena arena, long inputBytes, int columns, AttentionScratch attention) {
        super(memory.allocate(arena, SUMS_BYTES / 2 * 3 + inputBytes));
        sums = memory().asSlice(0, SUMS_BYTES);
        panel = memory().asSlice(SUMS_BYTES, SUMS_BYTES / 2);
        input = memory().asSlice(SUMS_BYTES / 2 * 3);
        x = new float[2 * columns];
        y = new float[columns];
        wide = new short[columns];
        codes = new byte[Math.addExact(columns, 16)];
        this.attention = attention;
    }

    /** What gated DeltaNet computes in. */
    VectorDeltaNet deltaNet(DeltaShape shape, float epsilon) {
        if (deltaNet == null) {
            deltaNet = new VectorDeltaNet(shape, epsilon);
        }
        return deltaNet;
    }

    /** A gain in an array of just its length. */
    float[] gain(MemorySegment gain, int columns) {
        float[] weights = gains.computeIfAbsent(columns, float[]::new);
        MemorySegment.copy(gain, ValueLayout.JAVA_FLOAT, 0, weights, 0, columns);
        return weights;
    }
}
