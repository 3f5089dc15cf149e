package bitnet.convert;

import bitnet.ModelFormatException;
import bitnet.model.FloatTable;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;
import java.util.stream.IntStream;

/** How far a table that was written is from the one that it was written from. */
final class TableDistance {
    private TableDistance() {}

    /**
     * The root of the mean squared error over that of the values.
     *
     * @throws ModelFormatException if a row is further away than its type explains
     */
    static double of(String target, FloatTable before, FloatTable after) {
        if (before.type() == after.type()) {
            if (before.data().mismatch(after.data()) >= 0) {
                throw new ModelFormatException(target, after.name(), "does not read back as it was");
            }
            return 0;
        }
        double[] errors = new double[before.rows()];
        double[] squares = new double[before.rows()];
        double limit = limit(after.type());
        int broken = IntStream.range(0, before.rows())
                .parallel()
                .filter(row -> {
                    row(before, after, row, errors, squares);
                    return !(errors[row] <= limit * limit * squares[row] + 1e-12 * before.columns());
                })
                .min()
                .orElse(-1);
        if (broken >= 0) {
            throw new ModelFormatException(
                    target,
                    after.name(),
                    "row " + broken + " reads back with an error of " + Math.sqrt(errors[broken] / squares[broken])
                            + " of its length; " + after.type() + " explains " + limit);
        }
        double error = 0;
        double square = 0;
        for (int row = 0; row < errors.length; row++) {
            error += errors[row];
            square += squares[row];
        }
        return square == 0 ? 0 : Math.sqrt(error / square);
    }

    private static void row(FloatTable before, FloatTable after, int row, double[] errors, double[] squares) {
        float[] expected = new float[before.columns()];
        float[] found = new float[before.columns()];
        Dequantize.row(
                before.type(), before.data(), row * before.type().rowBytes(expected.length), expected.length, expected);
        Dequantize.row(after.type(), after.data(), row * after.type().rowBytes(found.length), found.length, found);
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) found[i] - expected[i];
            errors[row] += difference * difference;
            squares[row] += (double) expected[i] * expected[i];
        }
    }

    /**
     * The largest error of a row, relative to its length. For floats half a unit in the last place; for blocks some times
     * the error of ordinary rows (Q8_0 0.5 %, Q6_K 2 %), since a block's largest element sets its step.
     */
    private static double limit(ElementType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1.0 / (1 << 11);
            case BF16 -> 1.0 / (1 << 8);
            case Q8_0 -> 0.03;
            case Q6_K -> 0.15;
            case Q5_0, Q4_0 -> throw new IllegalArgumentException(type.toString());
        };
    }
}
