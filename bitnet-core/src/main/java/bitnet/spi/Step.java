package bitnet.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What one run of the forward pass works on: up to {@code maxRows} tokens. Filled by core, read by {@link Kernels}. */
public final class Step {
    private final int[] tokens;
    private final int[] positions;
    private final KvMemory.Cache[] caches;
    private final int[] outputRows;
    private final Logits[] targets;
    private int rows;
    private int outputs;

    /** Room for {@code maxRows} tokens. */
    public Step(int maxRows) {
        tokens = new int[maxRows];
        positions = new int[maxRows];
        caches = new KvMemory.Cache[maxRows];
        outputRows = new int[maxRows];
        targets = new Logits[maxRows];
    }

    /** Empties the step. */
    public void clear() {
        Arrays.fill(caches, 0, rows, null);
        Arrays.fill(targets, 0, outputs, null);
        rows = 0;
        outputs = 0;
    }

    /** Adds a row. */
    public void add(KvMemory.Cache cache, int position, int token, @Nullable Logits target) {
        caches[rows] = cache;
        positions[rows] = position;
        tokens[rows] = token;
        if (target != null) {
            outputRows[outputs] = rows;
            targets[outputs++] = target;
        }
        rows++;
    }

    /** Rows in use. */
    public int rows() {
        return rows;
    }

    /** Rows that there is room for. */
    public int maxRows() {
        return tokens.length;
    }

    /** The token of a row. */
    public int token(int row) {
        return tokens[row];
    }

    /** The position of a row in its sequence. */
    public int position(int row) {
        return positions[row];
    }

    /** The cache of a row; consecutive rows of a sequence have the same one, at ascending positions. */
    public KvMemory.Cache cache(int row) {
        return caches[row];
    }

    /** How many rows want logits. */
    public int outputs() {
        return outputs;
    }

    /** The row of output {@code i}; ascending. */
    public int outputRow(int i) {
        return outputRows[i];
    }

    /** Where output {@code i} goes. */
    public Logits target(int i) {
        return targets[i];
    }
}
