package bitnet.scalar;

import bitnet.model.FloatTable;
import bitnet.spi.Step;
import bitnet.tensor.Dequantize;
import java.lang.foreign.MemorySegment;

/** Looks up the tokens' rows of the embedding. */
public final class Embed {
    private Embed() {}

    /**
     * All rows of a step.
     *
     * @param data the table's, in memory
     * @param row room for one row
     */
    public static void rows(Step step, FloatTable table, MemorySegment data, float[] x, float[] row) {
        int columns = table.columns();
        long rowBytes = table.type().rowBytes(columns);
        for (int i = 0; i < step.rows(); i++) {
            Dequantize.row(table.type(), data, step.token(i) * rowBytes, columns, row);
            System.arraycopy(row, 0, x, i * columns, columns);
        }
    }

    /**
     * All rows of a step from a ternary table.
     *
     * @param table room for one row of it
     * @param columns the model's width
     */
    public static void rows(Step step, GroupedRow table, int columns, float[] x) {
        for (int i = 0; i < step.rows(); i++) {
            table.load(step.token(i));
            table.floats(x, i * columns);
        }
    }
}
