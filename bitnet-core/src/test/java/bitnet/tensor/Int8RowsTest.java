package bitnet.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Int8RowsTest {
    private final SplittableRandom random = new SplittableRandom(12);

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.02, 1e-5, 1e-15, 1e20, 1e38})
    void roundsToTheGridOfTheLargest(double size) {
        for (int columns : new int[] {1, 2, 63, 200, 2560}) {
            float[] w = new float[columns];
            for (int i = 0; i < columns; i++) {
                w[i] = (float) (random.nextDouble(-2, 2) * size);
            }
            byte[] codes = new byte[columns];
            float scale = Int8Rows.quantize(w, columns, codes);
            float max = 0;
            for (float weight : w) {
                max = Math.max(max, Math.abs(weight));
            }
            assertThat(scale).isEqualTo(max / 127);
            float inverse = 127 / max;
            for (int i = 0; i < columns; i++) {
                float scaled = w[i] * inverse;
                assertThat((double) codes[i]).isEqualTo(Math.rint((double) scaled));
                assertThat((double) codes[i] * scale).isCloseTo(w[i], within(0.5001 * scale));
            }
        }
    }

    private static org.assertj.core.data.Offset<Double> within(double distance) {
        return org.assertj.core.data.Offset.offset(distance);
    }

    /** Half to even, in either direction; with 127 the scale is 1. */
    @Test
    void roundsTiesToEven() {
        float[] w = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f, -127, 125.5f, -0f, 0.49999997f};
        byte[] codes = new byte[w.length];
        assertThat(Int8Rows.quantize(w, w.length, codes)).isEqualTo(1f);
        assertThat(codes).containsExactly(127, 0, 2, 2, 0, -2, -2, 126, -126, -127, 126, 0, 0);
    }

    /** The smallest row that counts is as exact as any; a smaller one is zero, as it is in every backend. */
    @Test
    void tinyRowsAreZero() {
        byte[] codes = {9, 9, 9, 9};
        assertThat(Int8Rows.quantize(new float[] {0x1p-64f, -0x1p-65f, 0x1p-149f}, 3, codes))
                .isEqualTo(0x1p-64f / 127);
        assertThat(codes).containsExactly(127, -64, 0, 9);
        for (float tiny : new float[] {Math.nextDown(0x1p-64f), Float.MIN_VALUE, 0f, -0f}) {
            Arrays.fill(codes, (byte) 9);
            assertThat(Int8Rows.quantize(new float[] {tiny, -tiny, 0}, 3, codes))
                    .isEqualTo(0f);
            assertThat(codes).containsExactly(0, 0, 0, 9);
        }
    }

    /** Rows of every type, of heap memory and of a confined arena, across the borders of tasks. */
    @Test
    void convertsTables() {
        int rows = 150;
        int columns = 256;
        for (ElementType type : ElementType.values()) {
            byte[] bytes = new byte[(int) (rows * type.rowBytes(columns))];
            fill(type, bytes);
            float[] row = new float[columns];
            byte[] codes = new byte[columns];
            try (Arena confined = Arena.ofConfined()) {
                MemorySegment heap = MemorySegment.ofArray(bytes);
                Int8Rows one = Int8Rows.of(type, heap, rows, columns, Arena.ofAuto());
                Int8Rows other =
                        Int8Rows.of(type, confined.allocate(bytes.length).copyFrom(heap), rows, columns, confined);
                for (int r = 0; r < rows; r++) {
                    Dequantize.row(type, heap, r * type.rowBytes(columns), columns, row);
                    float scale = Int8Rows.quantize(row, columns, codes);
                    for (Int8Rows made : new Int8Rows[] {one, other}) {
                        assertThat(made.scales()[r]).isEqualTo(scale);
                        assertThat(made.codes()
                                        .asSlice((long) r * columns, columns)
                                        .toArray(ValueLayout.JAVA_BYTE))
                                .isEqualTo(codes);
                    }
                }
            }
        }
    }

    /** Finite values: block scales and floats get a small exponent. */
    private void fill(ElementType type, byte[] bytes) {
        random.nextBytes(bytes);
        int block = type.blockBytes();
        for (int at = 0; at < bytes.length; at += block) {
            switch (type) {
                case F32 -> bytes[at + 3] &= (byte) 0xBF;
                case F16, BF16 -> bytes[at + 1] &= (byte) 0xBF;
                case Q8_0, Q5_0, Q4_0 -> bytes[at + 1] &= (byte) 0xBF;
                case Q6_K -> bytes[at + block - 1] &= (byte) 0xBF;
            }
        }
    }
}
