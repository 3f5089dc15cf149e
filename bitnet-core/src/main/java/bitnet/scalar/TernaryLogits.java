package bitnet.scalar;

import bitnet.spi.Step;

/** The scores of all tokens by a ternary head with scales of groups. */
public final class TernaryLogits {
    private TernaryLogits() {}

    /**
     * Fills the step's {@link bitnet.spi.Logits}. A row of the head is unpacked once for all outputs.
     *
     * @param head room for a row of the head
     * @param rows tokens
     * @param columns the model's width
     * @param q codes of one row for each output
     * @param steps of these rows, as {@link Quantize} gave them
     */
    public static void rows(Step step, GroupedRow head, int rows, int columns, short[] q, float[] steps) {
        int outputs = step.outputs();
        for (int i = 0; i < outputs; i++) {
            step.target(i).reset();
        }
        for (int token = 0; outputs > 0 && token < rows; token++) {
            head.load(token);
            for (int i = 0; i < outputs; i++) {
                step.target(i).take(token, head.product(q, i * columns) * steps[i]);
            }
        }
    }
}
