package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layouts written weight by weight, as their descriptions say, and read back through the conversions. */
class TernaryRowsTest {
    private static final byte[] SCALE = {0x00, 0x3C}; // 1 as F16

    @ParameterizedTest
    @CsvSource({"1, 128", "3, 256", "7, 384", "4, 192", "2, 64", "16, 8", "6, 320", "512, 129", "128, 1"})
    void readsRunsOf128(int rows, int columns) {
        byte[] codes = random(rows * columns);
        byte[] stored = new byte[codes.length / 4];
        for (int i = 0; i < codes.length; i++) {
            stored[i / 128 * 32 + i % 32] |= (byte) (codes[i] << 6 - i % 128 / 32 * 2);
        }
        assertCanonical(I2sLayout.X86.rows(MemorySegment.ofArray(stored), rows, columns), codes);
    }

    @ParameterizedTest
    @CsvSource({"1, 128", "3, 256", "7, 384", "3, 192", "1, 64", "16, 4", "6, 320", "64, 129"})
    void readsRunsOf64(int rows, int columns) {
        byte[] codes = random(rows * columns);
        byte[] stored = new byte[codes.length / 4];
        for (int i = 0; i < codes.length; i++) {
            stored[i / 64 * 16 + i % 16] |= (byte) (codes[i] << 6 - i % 64 / 16 * 2);
        }
        assertCanonical(I2sLayout.ARM.rows(MemorySegment.ofArray(stored), rows, columns), codes);
    }

    @ParameterizedTest
    @CsvSource({"4, 128", "8, 256", "12, 200", "4, 1", "8, 129"})
    void readsFourRowsAByte(int rows, int columns) {
        byte[] codes = random(rows * columns);
        byte[] stored = new byte[codes.length / 4];
        for (int i = 0; i < codes.length; i++) {
            int row = i / columns;
            stored[row / 4 * columns + i % columns] |= (byte) (codes[i] << 6 - row % 4 * 2);
        }
        assertCanonical(I2sLayout.FOUR_ROWS.rows(MemorySegment.ofArray(stored), rows, columns), codes);
    }

    @Test
    void refusesShapesThatALayoutCannotHold() {
        assertThat(I2sLayout.X86.obstacle(3, 64)).contains("128");
        assertThat(I2sLayout.ARM.obstacle(3, 32)).contains("64");
        assertThat(I2sLayout.FOUR_ROWS.obstacle(6, 128)).contains("four");
        assertThatThrownBy(() -> I2sLayout.X86.rows(MemorySegment.ofArray(new byte[31]), 1, 128))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"1, 256", "5, 512", "2, 1280"})
    void readsTq2(int rows, int columns) {
        byte[] codes = random(rows * columns);
        ByteBuffer stored = ByteBuffer.allocate(codes.length / 256 * 66);
        for (int block = 0; block < codes.length; block += 256) {
            byte[] fours = new byte[64];
            for (int i = 0; i < 256; i++) {
                fours[i / 128 * 32 + i % 32] |= (byte) (codes[block + i] << i % 128 / 32 * 2);
            }
            stored.put(fours).put(SCALE);
        }
        TqRows matrix = TqRows.tq2(MemorySegment.ofArray(stored.array()), rows, columns);
        assertThat(matrix.scale()).isEqualTo(1);
        assertThat(matrix.oddBlock()).isEmpty();
        assertCanonical(matrix, codes);
    }

    @ParameterizedTest
    @CsvSource({"1, 256", "5, 512", "2, 1280"})
    void readsTq1(int rows, int columns) {
        byte[] codes = random(rows * columns);
        ByteBuffer stored = ByteBuffer.allocate(codes.length / 256 * 54);
        for (int block = 0; block < codes.length; block += 256) {
            for (int m = 0; m < 32; m++) {
                stored.put(base3(codes, block + m, 32, 5));
            }
            for (int m = 0; m < 16; m++) {
                stored.put(base3(codes, block + 160 + m, 16, 5));
            }
            for (int m = 0; m < 4; m++) {
                stored.put(base3(codes, block + 240 + m, 4, 4));
            }
            stored.put(SCALE);
        }
        assertCanonical(TqRows.tq1(MemorySegment.ofArray(stored.array()), rows, columns), codes);
    }

    private static byte base3(byte[] codes, int first, int stride, int digits) {
        int value = 0;
        for (int n = 0; n < 5; n++) {
            value = value * 3 + (n < digits ? codes[first + n * stride] : 0);
        }
        return (byte) Math.ceilDiv(value * 256, 243);
    }

    @Test
    void blocksOfZerosMayHaveScaleZeroAndNoOthersMay() {
        ByteBuffer stored = ByteBuffer.allocate(3 * 66).order(ByteOrder.LITTLE_ENDIAN);
        for (int block = 0; block < 3; block++) {
            for (int i = 0; i < 64; i++) {
                stored.put((byte) (block == 1 ? 0x55 : 0x19));
            }
            stored.putShort(Float.floatToFloat16(block == 1 ? 0 : 0.5f));
        }
        TqRows good = TqRows.tq2(MemorySegment.ofArray(stored.array().clone()), 3, 256);
        assertThat(good.scale()).isEqualTo(0.5f);
        assertThat(good.oddBlock()).isEmpty();
        stored.put(66 + 10, (byte) 0x56);
        assertThat(TqRows.tq2(MemorySegment.ofArray(stored.array()), 3, 256).oddBlock())
                .hasValue(1);
        stored.put(66 + 10, (byte) 0x55).putShort(2 * 66 + 64, Float.floatToFloat16(0.25f));
        assertThat(TqRows.tq2(MemorySegment.ofArray(stored.array()), 3, 256).oddBlock())
                .hasValue(2);
    }

    @ParameterizedTest
    @CsvSource({"F32", "F16", "BF16"})
    void readsFloatsThatAreTernary(ElementType type) {
        byte[] codes = random(6 * 200);
        float scale = 0.0625f;
        FloatRows matrix = FloatRows.ternary(type, floats(type, codes, scale), 6, 200);
        assertThat(matrix.scale()).isEqualTo(scale);
        assertCanonical(matrix, codes);
    }

    @Test
    void marksFloatsThatAreNotTernary() {
        float[] weights = {0, 0.5f, -0.5f, 0.25f, Float.NaN, 0.5f, 0, 0};
        MemorySegment data = MemorySegment.ofArray(weights);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = TernaryConversion.pack(FloatRows.ternary(ElementType.F32, data, 1, 8), arena);
            assertThat(TernaryConversion.firstInvalid(packed)).isEqualTo(3);
            assertThat(codes(packed, 1, 8)).containsExactly(1, 2, 0, 3, 3, 2, 1, 1);
        }
    }

    @Test
    void quantisesMasterWeightsByTheirMean() {
        // mean |w| = 0.5, so weights round at 0.25 and 0.75 of it: 0.25 itself is a tie and goes to the even 0.
        float[] weights = {1, -1, 0.25f, -0.26f, 0.24f, 0.49f, -0.75f, 0.01f};
        FloatRows matrix = FloatRows.absmean(ElementType.F32, MemorySegment.ofArray(weights), 2, 4);
        assertThat(matrix.scale()).isEqualTo(0.5f);
        try (Arena arena = Arena.ofConfined()) {
            assertThat(codes(TernaryConversion.pack(matrix, arena), 2, 4)).containsExactly(2, 0, 1, 0, 1, 2, 0, 1);
        }
    }

    @Test
    void clampsTheMeanOfMasterWeights() {
        FloatRows matrix = FloatRows.absmean(ElementType.F32, MemorySegment.ofArray(new float[8]), 2, 4);
        assertThat(matrix.scale()).isEqualTo(1 / (1 / 1e-5f));
    }

    @Test
    void putsAdjacentPairsIntoHalves() {
        // Row r of the source is r in every weight's place value: rows differ in one code each.
        byte[] codes = new byte[16 * 128];
        for (int row = 0; row < 16; row++) {
            codes[row * 128 + row] = 2;
        }
        byte[] stored = new byte[codes.length / 4];
        for (int i = 0; i < codes.length; i++) {
            stored[i / 128 * 32 + i % 32] |= (byte) (codes[i] << 6 - i % 128 / 32 * 2);
        }
        TernaryRows source = I2sLayout.X86.rows(MemorySegment.ofArray(stored), 16, 128);
        try (Arena arena = Arena.ofConfined()) {
            byte[] ordered = codes(TernaryConversion.pack(new AdjacentPairs(source, 8), arena), 16, 128);
            int[] expected = {0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15};
            for (int row = 0; row < 16; row++) {
                assertThat(ordered[row * 128 + expected[row]]).as("row %d", row).isEqualTo((byte) 2);
            }
        }
    }

    @Test
    void findsTheFirstInvalidCodeWhereverItIs() {
        byte[] codes = new byte[600_001];
        assertThat(TernaryConversion.firstInvalid(MemorySegment.ofArray(codes))).isEqualTo(-1);
        for (int at : new int[] {0, 7, 8, 262_143, 262_144, 599_999, 600_000}) {
            for (int shift = 0; shift < 8; shift += 2) {
                codes[at] = (byte) (3 << shift);
                assertThat(TernaryConversion.firstInvalid(MemorySegment.ofArray(codes)))
                        .isEqualTo(at);
            }
            codes[at] = 0;
        }
        // 01 and 10 next to each other are not a code 3.
        java.util.Arrays.fill(codes, (byte) 0b01_10_01_10);
        assertThat(TernaryConversion.firstInvalid(MemorySegment.ofArray(codes))).isEqualTo(-1);
        java.util.Arrays.fill(codes, (byte) 0b10_01_10_01);
        assertThat(TernaryConversion.firstInvalid(MemorySegment.ofArray(codes))).isEqualTo(-1);
    }

    @Test
    void packsRangesOfRows() {
        byte[] codes = random(40 * 256);
        FloatRows matrix = FloatRows.ternary(ElementType.F32, floats(ElementType.F32, codes, 1), 40, 256);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment whole = TernaryConversion.pack(matrix, arena);
            MemorySegment part = arena.allocate(13 * 64);
            TernaryConversion.pack(matrix, 11, 24, part);
            assertThat(part.mismatch(whole.asSlice(11 * 64, 13 * 64))).isEqualTo(-1);
        }
    }

    /** Random codes, mostly zeros as in real models; never the same twice in one test run's shapes. */
    private static byte[] random(int count) {
        Random random = new Random(count);
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++) {
            int draw = random.nextInt(7);
            codes[i] = (byte) (draw < 2 ? 0 : draw < 4 ? 2 : 1);
        }
        return codes;
    }

    private static MemorySegment floats(ElementType type, byte[] codes, float scale) {
        ByteBuffer buffer =
                ByteBuffer.allocate(codes.length * type.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (byte code : codes) {
            float weight = (code - 1) * scale;
            switch (type) {
                case F32 -> buffer.putFloat(weight);
                case F16 -> buffer.putShort(Float.floatToFloat16(weight));
                default -> buffer.putShort((short) (Float.floatToRawIntBits(weight) >>> 16));
            }
        }
        return MemorySegment.ofArray(buffer.array());
    }

    private static void assertCanonical(TernaryRows source, byte[] expected) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = TernaryConversion.pack(source, arena);
            assertThat(codes(packed, source.rows(), source.columns())).isEqualTo(expected);
            long rowBytes = TernaryLayout.rowBytes(source.columns());
            for (int row = 0; row < source.rows(); row++) {
                for (int column = source.columns(); column < rowBytes * 4; column++) {
                    int four = packed.get(JAVA_BYTE, row * rowBytes + TernaryLayout.byteOf(column));
                    assertThat(four >> TernaryLayout.shiftOf(column) & 3)
                            .as("padding")
                            .isEqualTo(1);
                }
            }
        }
    }

    private static byte[] codes(MemorySegment packed, int rows, int columns) {
        byte[] codes = new byte[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            int column = i % columns;
            int four =
                    packed.get(JAVA_BYTE, i / columns * TernaryLayout.rowBytes(columns) + TernaryLayout.byteOf(column));
            codes[i] = (byte) (four >> TernaryLayout.shiftOf(column) & 3);
        }
        return codes;
    }
}
