package bitnet.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedUint8RowsTest {
    @ParameterizedTest
    @CsvSource({"4,128", "8,256", "12,200", "4,1", "16,127", "20,129"})
    void everyWeightComesOutAtItsPlace(int rows, int columns) {
        Random random = new Random(rows * 1000L + columns);
        byte[] packed = new byte[rows / 4 * columns];
        int[][] codes = new int[rows][columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                codes[row][column] = random.nextInt(3);
                packed[row % (rows / 4) * columns + column] |= (byte) (codes[row][column] << row / (rows / 4) * 2);
            }
        }
        PackedUint8Rows source = new PackedUint8Rows(MemorySegment.ofArray(packed), rows, columns);
        try (Arena arena = Arena.ofConfined()) {
            int rowBytes = (int) TernaryLayout.rowBytes(columns);
            for (int row = 0; row < rows; row++) {
                MemorySegment out = arena.allocate(3 + rowBytes + 3).fill((byte) 0x7F);
                source.pack(row, out, 3);
                for (int column = 0; column < rowBytes * 4; column++) {
                    int code = out.get(ValueLayout.JAVA_BYTE, 3 + TernaryLayout.byteOf(column))
                                    >> TernaryLayout.shiftOf(column)
                            & 3;
                    assertThat(code)
                            .as("row %d column %d", row, column)
                            .isEqualTo(column < columns ? codes[row][column] : 1);
                }
                assertThat(out.asSlice(0, 3).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x7F);
                assertThat(out.asSlice(3 + rowBytes).toArray(ValueLayout.JAVA_BYTE))
                        .containsOnly(0x7F);
            }
        }
    }

    @Test
    void aWrongSizeIsRefused() {
        MemorySegment data = MemorySegment.ofArray(new byte[127]);
        assertThatThrownBy(() -> new PackedUint8Rows(data, 4, 128)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PackedUint8Rows(data.asSlice(0, 64), 2, 128))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
