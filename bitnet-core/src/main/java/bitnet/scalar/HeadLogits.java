package bitnet.scalar;

import bitnet.model.FloatTable;
import bitnet.spi.Step;
import bitnet.tensor.Dequantize;
import java.lang.foreign.MemorySegment;

/** The scores of all tokens: every row of the head times the normed rows that want logits. */
public final class HeadLogits {
    private HeadLogits() {}

    /**
     * Fills the step's {@link bitnet.spi.Logits}. A row of the head is converted once for all outputs.
     *
     * @param data the head's, in memory
     * @param y one row for each output
     * @param row room for one row
     * @param lanes room for {@link Sum256#LANES} partial sums
     */
    public static void rows(Step step, FloatTable head, MemorySegment data, float[] y, float[] row, float[] lanes) {
        int outputs = step.outputs();
        int columns = head.columns();
        long rowBytes = head.type().rowBytes(columns);
        for (int i = 0; i < outputs; i++) {
            step.target(i).reset();
        }
        for (int token = 0; outputs > 0 && token < head.rows(); token++) {
            Dequantize.row(head.type(), data, token * rowBytes, columns, row);
            for (int i = 0; i < outputs; i++) {
                step.target(i).take(token, Sum256.dot(row, 0, y, i * columns, columns, lanes));
            }
        }
    }
}
