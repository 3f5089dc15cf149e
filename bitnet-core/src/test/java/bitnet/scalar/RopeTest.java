package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link RopeTable} and {@link RopeStore#rotate}. */
class RopeTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 65, 4095, 131071})
    void rotatesByPosition(int position) {
        int headDim = 40;
        float[] frequencies = RopeFrequencies.of(500_000, headDim);
        float[] v = Oracle.normal(new SplittableRandom(position), headDim + 4, 2);
        float[] expected = v.clone();
        for (int i = 0; i < headDim / 2; i++) {
            float angle = (float) position * frequencies[i];
            float cos = (float) StrictMath.cos(angle);
            float sin = (float) StrictMath.sin(angle);
            float a = v[3 + i];
            float b = v[3 + i + headDim / 2];
            float bSin = b * sin;
            float aSin = a * sin;
            expected[3 + i] = Oracle.fma(a, cos, -bSin);
            expected[3 + i + headDim / 2] = Oracle.fma(b, cos, aSin);
        }
        RopeTable table = new RopeTable(new Rope(frequencies));
        RopeStore.rotate(v, 3, headDim / 2, table.page(position), table.rowFrom(position));
        assertThat(Oracle.bits(v)).isEqualTo(Oracle.bits(expected));
    }

    @Test
    void pagesDoNotDependOnTheOrderTheyAreAskedFor() {
        float[] frequencies = RopeFrequencies.of(10_000, 64);
        RopeTable late = new RopeTable(new Rope(frequencies));
        float[] last = late.page(300).clone();
        RopeTable grown = new RopeTable(new Rope(frequencies));
        for (int position = 0; position <= 300; position += 10) {
            grown.page(position);
        }
        assertThat(grown.page(300)).isEqualTo(last);
        assertThat(grown.page(319)).isSameAs(grown.page(256));
        assertThat(RopeTable.rows(new Rope(frequencies), 256, 64)).isEqualTo(last);
    }
}
