package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.FloatTable;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** {@link Embed} and {@link HeadLogits} over a float table. How the other types are read is tested with {@code Dequantize}. */
class TableTest {
    private static final int ROWS = 50;
    private static final int COLUMNS = 300;
    private final SplittableRandom random = new SplittableRandom(8);
    private final float[] weights = Oracle.normal(random, ROWS * COLUMNS, 1);
    private final FloatTable table = table(weights);

    @Test
    void looksUpTheTokensRows() {
        Step step = new Step(4);
        int[] tokens = {49, 0, 17, 17};
        for (int token : tokens) {
            step.add(null, 0, token, null);
        }
        float[] x = new float[4 * COLUMNS];
        Embed.rows(step, table, table.data().load(Arena.ofAuto()), x, new float[COLUMNS]);
        for (int row = 0; row < tokens.length; row++) {
            assertThat(Arrays.copyOfRange(x, row * COLUMNS, (row + 1) * COLUMNS))
                    .isEqualTo(Arrays.copyOfRange(weights, tokens[row] * COLUMNS, (tokens[row] + 1) * COLUMNS));
        }
    }

    @Test
    void scoresEveryToken() {
        float[] y = Oracle.normal(random, 2 * COLUMNS, 3);
        Logits all = Logits.all(ROWS);
        Logits best = Logits.top(ROWS + 1);
        Step step = new Step(3);
        step.add(null, 0, 0, all);
        step.add(null, 1, 0, null);
        step.add(null, 2, 0, best);
        // What an earlier step left is forgotten.
        best.fill(Oracle.normal(random, ROWS, 1e6));
        HeadLogits.rows(step, table, table.data().load(Arena.ofAuto()), y, new float[COLUMNS], new float[256]);
        assertThat(Oracle.bits(all.values())).isEqualTo(Oracle.bits(scores(y, 0)));
        float[] expected = scores(y, 1);
        Logits ranked = Logits.top(ROWS + 1);
        ranked.fill(expected);
        assertThat(best.ids()).isEqualTo(ranked.ids()).endsWith(-1).doesNotHaveDuplicates();
        assertThat(best.values()).isEqualTo(ranked.values());
        assertThat(best.values()[0]).isEqualTo(expected[best.ids()[0]]).isGreaterThan(best.values()[1]);
    }

    private float[] scores(float[] y, int row) {
        float[] scores = new float[ROWS];
        float[] x = Arrays.copyOfRange(y, row * COLUMNS, (row + 1) * COLUMNS);
        for (int token = 0; token < ROWS; token++) {
            scores[token] = Oracle.sum256(Arrays.copyOfRange(weights, token * COLUMNS, (token + 1) * COLUMNS), x);
        }
        return scores;
    }

    /** Unaligned, as in a file. */
    private static FloatTable table(float[] weights) {
        byte[] bytes = new byte[4 * weights.length + 1];
        MemorySegment data = MemorySegment.ofArray(bytes).asSlice(1);
        for (int i = 0; i < weights.length; i++) {
            data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, weights[i]);
        }
        return new FloatTable("table", ElementType.F32, ROWS, COLUMNS, data.asReadOnly());
    }
}
