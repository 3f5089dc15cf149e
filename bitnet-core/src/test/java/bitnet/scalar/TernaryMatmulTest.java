package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TernaryMatmulTest {
    private static final float SCALE = 0.0371f;
    private final SplittableRandom random = new SplittableRandom(4);

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "3, 5, 2",
        "7, 31, 3",
        "5, 32, 4",
        "4, 33, 5",
        "9, 127, 6",
        "16, 128, 7",
        "11, 129, 8",
        "640, 2560, 9",
        "2, 6912, 33",
        "2100, 2560, 5",
        "3, 131072, 2"
    })
    void addsUpAllProducts(int rows, int columns, int tokens) {
        int[] weights = random.ints((long) rows * columns, -1, 2).toArray();
        byte[] q = new byte[tokens * columns];
        random.nextBytes(q);
        check(rows, columns, tokens, weights, q);
    }

    /** The largest sums there can be, of either sign in neighbouring tokens. */
    @ParameterizedTest
    @CsvSource({"1, -128, 127", "-1, 127, -128", "1, 127, 127", "-1, -128, -128", "1, -128, -128", "0, -128, 127"})
    void holdsTheLargestSums(int weight, int even, int odd) {
        int[] weights = new int[3 * 2560];
        Arrays.fill(weights, weight);
        byte[] q = new byte[5 * 2560];
        for (int i = 0; i < q.length; i++) {
            q[i] = (byte) (i / 2560 % 2 == 0 ? even : odd);
        }
        check(3, 2560, 5, weights, q);
    }

    /** What stands in the padding of a row does not count. */
    @Test
    void ignoresPadding() {
        int columns = 130;
        int[] weights = random.ints(columns, -1, 2).toArray();
        byte[] q = new byte[columns];
        random.nextBytes(q);
        byte[] codes = pack(weights, 1, columns, () -> random.nextInt(3));
        float[] y = new float[1];
        new TernaryMatmul().multiply(packed(codes), 1, columns, q, new float[] {1}, 1, y, 0, 1, false);
        assertThat(y[0]).isEqualTo((float) dot(weights, 0, q, 0, columns) * SCALE);
    }

    private void check(int rows, int columns, int tokens, int[] weights, byte[] q) {
        TernaryTensor.Packed packed = packed(pack(weights, rows, columns, () -> 1));
        float[] factors = Oracle.normal(random, tokens, 1);
        int from = 2;
        int stride = rows + 5;
        float[] before = Oracle.normal(random, tokens * stride, 100);
        float[] y = before.clone();
        float[] sum = before.clone();
        TernaryMatmul matmul = new TernaryMatmul();
        matmul.multiply(packed, rows, columns, q, factors, tokens, y, from, stride, false);
        matmul.multiply(packed, rows, columns, q, factors, tokens, sum, from, stride, true);
        float[] expected = before.clone();
        float[] expectedSum = before.clone();
        for (int token = 0; token < tokens; token++) {
            for (int row = 0; row < rows; row++) {
                int at = token * stride + from + row;
                float product = (float) dot(weights, row, q, token, columns) * (SCALE / factors[token]);
                expected[at] = product;
                expectedSum[at] = before[at] + product;
            }
        }
        assertThat(Oracle.bits(y)).isEqualTo(Oracle.bits(expected));
        assertThat(Oracle.bits(sum)).isEqualTo(Oracle.bits(expectedSum));
    }

    private static long dot(int[] weights, int row, byte[] q, int token, int columns) {
        long sum = 0;
        for (int column = 0; column < columns; column++) {
            sum += (long) weights[row * columns + column] * q[token * columns + column];
        }
        return sum;
    }

    private static TernaryTensor.Packed packed(byte[] codes) {
        return new TernaryTensor.Packed(MemorySegment.ofArray(codes).asReadOnly(), SCALE);
    }

    /** By the text of the layout: byte p of a block has the codes of p, p + 32, p + 64 and p + 96, highest bits first. */
    private static byte[] pack(int[] weights, int rows, int columns, IntSupplier padding) {
        int blocks = (columns + 127) / 128;
        byte[] codes = new byte[rows * blocks * 32];
        for (int row = 0; row < rows; row++) {
            for (int block = 0; block < blocks; block++) {
                for (int p = 0; p < 32; p++) {
                    int value = 0;
                    for (int quarter = 0; quarter < 4; quarter++) {
                        int column = block * 128 + quarter * 32 + p;
                        int code = column < columns ? weights[row * columns + column] + 1 : padding.getAsInt();
                        value = value * 4 + code;
                    }
                    codes[(row * blocks + block) * 32 + p] = (byte) value;
                }
            }
        }
        assertThat(codes).hasSize((int) (rows * TernaryLayout.rowBytes(columns)));
        return codes;
    }
}
