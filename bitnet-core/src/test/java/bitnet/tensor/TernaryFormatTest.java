package bitnet.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever is written reads back, over random shapes. */
class TernaryFormatTest {
    @RepeatedTest(40)
    void roundTrips(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int rows = 1 + random.nextInt(300);
        int columns = 256 * (1 + random.nextInt(6));
        float scale = Float.float16ToFloat((short) (0x1000 + random.nextInt(0x4000)));
        // Every other case in memory that only this thread may touch.
        try (Arena arena = repetition.getCurrentRepetition() % 2 == 0 ? Arena.ofConfined() : Arena.ofShared()) {
            MemorySegment codes = random(random, rows, columns, arena);
            for (TernaryFormat format : TernaryFormat.values()) {
                if (!format.holds(codes)) {
                    continue; // one bit has no zeros
                }
                MemorySegment out = arena.allocate(format.rowBytes(columns) * rows);
                format.write(codes, scale, TernaryFormat.inOrder(rows), columns, out);
                TernaryRows back = rows(format, out, rows, columns);
                assertThat(TernaryConversion.pack(back, arena).mismatch(codes))
                        .as("%s %d x %d", format, rows, columns)
                        .isEqualTo(-1);
                float read = switch (back) {
                    case TqRows tq -> tq.scale();
                    case FloatRows floats -> floats.scale();
                    default -> scale;
                };
                assertThat(read).isEqualTo(format.round(scale));
            }
        }
    }

    private static TernaryRows rows(TernaryFormat format, MemorySegment data, int rows, int columns) {
        return switch (format) {
            case I2_S_X86 -> I2sLayout.X86.rows(data, rows, columns);
            case I2_S_ARM -> I2sLayout.ARM.rows(data, rows, columns);
            case TQ1_0 -> TqRows.tq1(data, rows, columns);
            case TQ2_0 -> TqRows.tq2(data, rows, columns);
            case F16 -> FloatRows.ternary(ElementType.F16, data, rows, columns);
            case BF16 -> FloatRows.ternary(ElementType.BF16, data, rows, columns);
            case Q1_0 -> new GroupBlocks(GroupBlocks.Layout.Q1_0, data, rows, columns);
            case Q2_0 -> new GroupBlocks(GroupBlocks.Layout.Q2_0, data, rows, columns);
            case PQ2_0 -> new GroupBlocks(GroupBlocks.Layout.PQ2_0, data, rows, columns);
            case PTQ1_0 -> new GroupBlocks(GroupBlocks.Layout.PTQ1_0, data, rows, columns);
        };
    }

    /** Rows that end in half a block of the canonical layout as well, in any order, with scales of every sign. */
    @RepeatedTest(20)
    void blocksWithScalesOfTheirOwnRoundTrip(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int rows = 2 * (1 + random.nextInt(40));
        try (Arena arena = Arena.ofShared()) {
            for (TernaryFormat format : TernaryFormat.values()) {
                int columns = format.blockWeights() * (1 + random.nextInt(7));
                if (!(rows(format, arena.allocate(format.rowBytes(columns) * rows), rows, columns)
                        instanceof ScaledRows)) {
                    continue;
                }
                MemorySegment codes = TernaryConversion.pack(anyCodes(format, random, rows, columns), arena);
                assertThat(format.holds(codes)).isTrue();
                int blocks = columns / format.blockWeights();
                MemorySegment scales = arena.allocate(2L * rows * blocks, 2);
                for (int i = 0; i < rows * blocks; i++) {
                    scales.setAtIndex(
                            java.lang.foreign.ValueLayout.JAVA_SHORT, i, (short) random.nextInt(0x7C00 - 1 << 1));
                }
                int[] order = TernaryFormat.inAdjacentPairs(rows, 2);
                MemorySegment out = arena.allocate(format.rowBytes(columns) * rows);
                format.write(codes, scales, format.blockWeights(), order, columns, out);
                var back = (ScaledRows) rows(format, out, rows, columns);
                assertThat(TernaryConversion.pack(back, arena).mismatch(codes))
                        .as("%s %d x %d", format, rows, columns)
                        .isEqualTo(-1);
                assertThat(GroupScales.of(back, format.blockWeights(), arena).mismatch(scales))
                        .isEqualTo(-1);
            }
        }
    }

    private static TernaryRows anyCodes(TernaryFormat format, Random random, int rows, int columns) {
        byte[] codes = new byte[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte)
                    switch (format) {
                        case Q1_0 -> 2 * random.nextInt(2);
                        case Q2_0, PQ2_0 -> random.nextInt(4);
                        default -> random.nextInt(3);
                    };
        }
        return new TernaryRows() {
            @Override
            public int rows() {
                return rows;
            }

            @Override
            public int columns() {
                return columns;
            }

            @Override
            public void pack(int row, MemorySegment out, long offset) {
                for (int column = 0; column < TernaryLayout.rowBytes(columns) * 4; column++) {
                    int code = column < columns ? codes[row * columns + column] : 1;
                    long at = offset + TernaryLayout.byteOf(column);
                    int rest = column % 128 < 32 ? 0 : out.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at);
                    out.set(java.lang.foreign.ValueLayout.JAVA_BYTE, at, (byte)
                            (rest | code << TernaryLayout.shiftOf(column)));
                }
            }
        };
    }

    @Test
    void knowsWhatItHolds() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment twos = arena.allocate(64).fill((byte) 0xAA);
            MemorySegment zeros = arena.allocate(64).fill(TernaryLayout.ZEROS);
            MemorySegment threes = arena.allocate(64).fill((byte) 0xFF);
            assertThat(TernaryFormat.values()).allMatch(format -> format.holds(twos));
            assertThat(TernaryFormat.values())
                    .allMatch(format -> format.holds(zeros) == (format != TernaryFormat.Q1_0));
            assertThat(TernaryFormat.values())
                    .allMatch(format ->
                            format.holds(threes) == (format == TernaryFormat.Q2_0 || format == TernaryFormat.PQ2_0));
        }
    }

    private static MemorySegment random(Random random, int rows, int columns, Arena arena) {
        MemorySegment floats = arena.allocate(4L * rows * columns, 4);
        for (long i = 0; i < (long) rows * columns; i++) {
            floats.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i, random.nextInt(3) - 1);
        }
        return TernaryConversion.pack(FloatRows.ternary(ElementType.F32, floats, rows, columns), arena);
    }

    @Test
    void blocksOfZerosHaveScaleZeroAsInGgml() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(64).fill(TernaryLayout.ZEROS);
            for (TernaryFormat format : new TernaryFormat[] {TernaryFormat.TQ1_0, TernaryFormat.TQ2_0}) {
                MemorySegment out = arena.allocate(format.rowBytes(256));
                format.write(zeros, 0.5f, new int[] {0}, 256, out);
                assertThat(((TqRows) rows(format, out, 1, 256)).scale()).isZero();
            }
        }
    }

    @Test
    void rowOrdersUndoEachOther() {
        int[] order = TernaryFormat.inAdjacentPairs(12, 6);
        assertThat(order).containsExactly(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment codes = random(new Random(1), 12, 128, arena);
            MemorySegment out = arena.allocate(12 * 32);
            TernaryFormat.I2_S_X86.write(codes, 1, order, 128, out);
            assertThat(out.mismatch(codes)).isNotEqualTo(-1);
            TernaryRows back = new AdjacentPairs(I2sLayout.X86.rows(out, 12, 128), 6);
            assertThat(TernaryConversion.pack(back, arena).mismatch(codes)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q6_K"})
    void quantisedRowsStayWithinTheirStep(ElementType type) {
        Random random = new Random(9);
        for (int repetition = 0; repetition < 50; repetition++) {
            float[] row = new float[256 * (1 + random.nextInt(4))];
            float size = (float) Math.exp(random.nextGaussian() * 3);
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) random.nextGaussian() * size;
            }
            float[] back = new float[row.length];
            MemorySegment out = MemorySegment.ofArray(new byte[(int) type.rowBytes(row.length)]);
            Quantize.row(type, row, out, 0);
            Dequantize.row(type, out, 0, row.length, back);
            for (int i = 0; i < row.length; i++) {
                assertThat(Math.abs(back[i] - row[i])).isLessThanOrEqualTo(step(type, row, i));
            }
        }
    }

    /** The largest error of element {@code i}. */
    private static float step(ElementType type, float[] row, int i) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> Math.max(Math.abs(row[i]) / 2048, 0x1p-25f);
            case BF16 -> Math.abs(row[i]) / 256;
            // Half a step, and the rounding of the scale to F16 on top of up to 127 steps.
            case Q8_0 -> largest(row, i / 32 * 32, 32) * (0.5f / 127 + 1f / 2048) + 127 * 0x1p-25f;
            // A step and a half of the group, and the rounding of its scale to an eighth bit of the block's.
            default -> largest(row, i / 256 * 256, 256) * 0.06f;
        };
    }

    private static float largest(float[] row, int from, int count) {
        float largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(row[from + i]));
        }
        return largest;
    }

    @Test
    void rowsOfZerosStayZero() {
        for (ElementType type : new ElementType[] {ElementType.Q8_0, ElementType.Q6_K}) {
            float[] back = new float[256];
            back[3] = 1;
            MemorySegment out = MemorySegment.ofArray(new byte[(int) type.rowBytes(256)]);
            Quantize.row(type, new float[256], out, 0);
            Dequantize.row(type, out, 0, 256, back);
            assertThat(back).containsOnly(0f);
        }
    }
}
