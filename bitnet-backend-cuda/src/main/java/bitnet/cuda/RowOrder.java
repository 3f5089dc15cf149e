package bitnet.cuda;

import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import java.util.Arrays;
import java.util.List;

/**
 * Which output each row of a matrix's tiles computes. Rows {@code g} and {@code g + 8} of a tile end in the same thread, so
 * outputs that belong together (a gate and its up projection, the two dimensions that rope turns) lie there where their
 * number allows it, and the product goes on with them at once.
 *
 * @param pairs what rows {@code g} and {@code g + 8} are to each other
 * @param outputs for each row of the tiles; -1 for one that only fills its tile
 */
record RowOrder(Pairs pairs, int[] outputs) {
    /** Rows of a tile. */
    static final int TILE = 16;

    private static final int HALF = TILE / 2;

    /** What is eight rows apart. */
    enum Pairs {
        /** Nothing in particular. */
        NONE,
        /** A gate and its up projection. */
        GATE,
        /** Dimensions of queries and keys that turn together; values lie in order. */
        ROPE
    }

    /** The order for a stack of matrices of a model. */
    static RowOrder of(List<TernaryTensor> stacked, ModelConfig config) {
        int[] rows = stacked.stream().mapToInt(TernaryTensor::rows).toArray();
        if (rows.length == 3
                && rows[0] == config.queryWidth()
                && rows[1] == config.kvWidth()
                && rows[2] == config.kvWidth()
                && config.headDim() % TILE == 0) {
            return rope(config);
        }
        if (rows.length == 2 && rows[0] == rows[1] && rows[0] % HALF == 0) {
            return new RowOrder(Pairs.GATE, halves(new int[2 * rows[0]], 0, 0, 2 * rows[0]));
        }
        return new RowOrder(Pairs.NONE, inOrder(Arrays.stream(rows).reduce(0, Math::addExact)));
    }

    /** Rows as they are. */
    static RowOrder inOrder(TernaryTensor tensor) {
        return new RowOrder(Pairs.NONE, inOrder(tensor.rows()));
    }

    private static RowOrder rope(ModelConfig config) {
        int rotated = config.queryWidth() + config.kvWidth();
        int all = rotated + config.kvWidth();
        int[] outputs = inOrder(all);
        for (int head = 0; head < rotated; head += config.headDim()) {
            halves(outputs, head, head, config.headDim());
        }
        return new RowOrder(Pairs.ROPE, outputs);
    }

    /** Eight of the first half of {@code count} outputs, then eight of the second, and so on. */
    private static int[] halves(int[] outputs, int at, int first, int count) {
        for (int i = 0; i < count; i++) {
            int group = i / TILE * HALF + i % HALF;
            outputs[at + i] = first + (i % TILE < HALF ? group : count / 2 + group);
        }
        return outputs;
    }

    private static int[] inOrder(int rows) {
        int[] outputs = new int[Math.multiplyExact(Math.ceilDiv(rows, TILE), TILE)];
        Arrays.setAll(outputs, i -> i < rows ? i : -1);
        return outputs;
    }
}
