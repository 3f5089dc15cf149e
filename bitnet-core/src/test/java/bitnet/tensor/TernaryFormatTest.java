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
        };
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
