package bitnet.scalar;

import bitnet.spi.Step;
import bitnet.tensor.Int8Rows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The scores of all tokens by a head of int8 codes: exact integer products of its rows and the quantised rows that want logits. */
public final class Int8Logits {
    private Int8Logits() {}

    /**
     * Fills the step's {@link bitnet.spi.Logits}.
     *
     * @param q codes of one row for each output
     * @param factors of these rows, as {@link Quantize} gave them
     * @param row room for one row of the head
     */
    public static void rows(Step step, Int8Rows head, byte[] q, float[] factors, byte[] row) {
        int outputs = step.outputs();
        int columns = head.columns();
        for (int i = 0; i < outputs; i++) {
            step.target(i).reset();
        }
        for (int token = 0; outputs > 0 && token < head.rows(); token++) {
            MemorySegment.copy(head.codes(), ValueLayout.JAVA_BYTE, (long) token * columns, row, 0, columns);
            for (int i = 0; i < outputs; i++) {
                float sum = (float) dot(row, q, i * columns, columns);
                step.target(i).take(token, sum * (head.scales()[token] / factors[i]));
            }
        }
    }

    /** The sum of {@code a[i] * q[from + i]}: below 2^31 for up to 131072 columns. */
    public static int dot(byte[] a, byte[] q, int from, int columns) {
        int sum = 0;
        for (int i = 0; i < columns; i++) {
            sum += a[i] * q[from + i];
        }
        return sum;
    }
}
