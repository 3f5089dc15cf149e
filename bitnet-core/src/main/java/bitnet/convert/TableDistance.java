package bitnet.convert;

import bitnet.ModelFormatException;
import bitnet.model.FloatTable;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/** How far a table that was written is from the one that it was written from. */
final class TableDistance {
    /** Rows in memory at once. */
    private static final int PART_ROWS = 2048;

    private TableDistance() {}

    /**
     * The root of the mean squared error over that of the values.
     *
     * @throws ModelFormatException if a row is further away than its type explains
     */
    static double of(String target, FloatTable before, FloatTable after) {
        double error = 0;
        double square = 0;
        for (int from = 0; from < before.rows(); from += PART_ROWS) {
            int count = Math.min(PART_ROWS, before.rows() - from);
            try (Arena arena = Arena.ofShared()) {
                Part part = new Part(before.part(from, count), after.part(from, count), from, arena);
                double[] sums = part.compare(target);
                error += sums[0];
                square += sums[1];
            }
        }
        return square == 0 ? 0 : Math.sqrt(error / square);
    }

    /** Some rows of both, in memory. */
    private static final class Part {
        private final FloatTable before;
        private final FloatTable after;
        private final int first;
        private final MemorySegment expected;
        private final MemorySegment found;

        Part(FloatTable before, FloatTable after, int first, Arena arena) {
            this.before = before;
            this.after = after;
            this.first = first;
            expected = before.data().load(arena);
            found = after.data().load(arena);
        }

        /** The sums of the squared errors and of the squared values. */
        double[] compare(String target) {
            if (before.type() == after.type()) {
                if (expected.mismatch(found) >= 0) {
                    throw new ModelFormatException(target, after.name(), "does not read back as it was");
                }
                return new double[2];
            }
            double[] errors = new double[before.rows()];
            double[] squares = new double[before.rows()];
            double limit = limit(after.type());
            int broken = IntStream.range(0, before.rows())
                    .parallel()
                    .filter(row -> {
                        row(row, errors, squares);
                        return !(errors[row] <= limit * limit * squares[row] + 1e-12 * before.columns());
                    })
                    .min()
                    .orElse(-1);
            if (broken >= 0) {
                throw new ModelFormatException(
                        target,
                        after.name(),
                        "row " + (first + broken) + " reads back with an error of "
                                + Math.sqrt(errors[broken] / squares[broken]) + " of its length; " + after.type()
                                + " explains " + limit);
            }
            return new double[] {
                Arrays.stream(errors).sum(), Arrays.stream(squares).sum()
            };
        }

        private void row(int row, double[] errors, double[] squares) {
            float[] x = new float[before.columns()];
            float[] y = new float[before.columns()];
            Dequantize.row(before.type(), expected, row * before.type().rowBytes(x.length), x.length, x);
            Dequantize.row(after.type(), found, row * after.type().rowBytes(y.length), y.length, y);
            for (int i = 0; i < x.length; i++) {
                double difference = (double) y[i] - x[i];
                errors[row] += difference * difference;
                squares[row] += (double) x[i] * x[i];
            }
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
