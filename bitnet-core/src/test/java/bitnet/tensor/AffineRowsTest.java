package bitnet.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AffineRowsTest {
    /** Every weight by itself, and zeros behind a row that ends within a block. */
    @ParameterizedTest
    @CsvSource({"1, 64, 64", "1, 192, 64", "1, 256, 128", "2, 64, 64", "2, 320, 64", "2, 256, 128"})
    void codesGoWhereTheyBelong(int bits, int columns, int group) {
        int rows = 3;
        byte[] codes = new byte[rows * columns * bits / 8];
        new Random(columns).nextBytes(codes);
        MemorySegment scales = MemorySegment.ofArray(new byte[2 * rows * columns / group]);
        var stored = new AffineRows(bits, MemorySegment.ofArray(codes), scales, rows, columns, group);
        MemorySegment packed = TernaryConversion.pack(stored, Arena.ofAuto());
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < TernaryLayout.rowBytes(columns) * 4; column++) {
                int at = (row * columns + column) * bits;
                int expected = column >= columns ? 1 : codes[at / 8] >> at % 8 & (1 << bits) - 1;
                if (bits == 1 && column < columns) {
                    expected *= 2;
                }
                long place = row * TernaryLayout.rowBytes(columns) + TernaryLayout.byteOf(column);
                assertThat(packed.get(ValueLayout.JAVA_BYTE, place) >> TernaryLayout.shiftOf(column) & 3)
                        .as("%d, %d", row, column)
                        .isEqualTo(expected);
            }
        }
    }
}
