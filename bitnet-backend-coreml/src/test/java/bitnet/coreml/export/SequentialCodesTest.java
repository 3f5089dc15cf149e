package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequentialCodesTest {
    @ParameterizedTest
    @ValueSource(ints = {4, 128, 200, 256, 328, 6912})
    void codesKeepTheirPlaces(int columns) {
        int rows = 3;
        int[][] codes = new int[rows][columns];
        byte[] canonical = new byte[(int) TernaryLayout.rowBytes(columns) * rows];
        java.util.Arrays.fill(canonical, TernaryLayout.ZEROS);
        Random random = new Random(columns);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                codes[row][column] = random.nextInt(3);
                int at = row * (int) TernaryLayout.rowBytes(columns) + TernaryLayout.byteOf(column);
                int shift = TernaryLayout.shiftOf(column);
                canonical[at] = (byte) (canonical[at] & ~(3 << shift) | codes[row][column] << shift);
            }
        }
        // Not at the beginning of the memory, and not all rows.
        MemorySegment segment = MemorySegment.ofArray(canonical);
        ByteBuffer out = ByteBuffer.allocate(2 * columns / 4);
        SequentialCodes.append(segment, columns, 1, 3, out);
        assertThat(out.hasRemaining()).isFalse();
        MemorySegment written = MemorySegment.ofArray(out.array());
        for (int i = 0; i < 2 * columns; i++) {
            int code = written.get(ValueLayout.JAVA_BYTE, i / 4) >> 2 * (i % 4) & 3;
            assertThat(code).isEqualTo(codes[1 + i / columns][i % columns]);
        }
    }
}
