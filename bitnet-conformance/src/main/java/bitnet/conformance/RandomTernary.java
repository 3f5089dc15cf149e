package bitnet.conformance;

import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A ternary matrix of seeded weights: each call of {@link #pack} makes the same again. With scales of groups some weights
 * are +2, and some scales are negative or zero.
 */
record RandomTernary(String name, int rows, int columns, ScaleGranularity granularity, float scale, long seed)
        implements TernaryTensor {
    /** A matrix of one scale. */
    RandomTernary(String name, int rows, int columns, float scale, long seed) {
        this(name, rows, columns, ScaleGranularity.TENSOR, scale, seed);
    }

    @Override
    public Packed pack(SegmentAllocator allocator) {
        int rowBytes = (int) TernaryLayout.rowBytes(columns);
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment codes = allocator.allocate((long) rows * rowBytes, 64);
        byte[] row = new byte[rowBytes];
        for (int r = 0; r < rows; r++) {
            fill(row, random);
            MemorySegment.copy(row, 0, codes, ValueLayout.JAVA_BYTE, (long) r * rowBytes, rowBytes);
        }
        return granularity == ScaleGranularity.TENSOR
                ? new Packed(codes.asReadOnly(), scale)
                : new Packed(codes.asReadOnly(), scales(random, allocator).asReadOnly());
    }

    private void fill(byte[] row, SplittableRandom random) {
        Arrays.fill(row, TernaryLayout.ZEROS);
        for (int column = 0; column < columns; column++) {
            int shift = TernaryLayout.shiftOf(column);
            int at = TernaryLayout.byteOf(column);
            row[at] = (byte) ((row[at] & ~(3 << shift)) | (code(random) << shift));
        }
    }

    private int code(SplittableRandom random) {
        if (granularity != ScaleGranularity.TENSOR && random.nextInt(50) == 0) {
            return 3;
        }
        return random.nextInt(3);
    }

    private MemorySegment scales(SplittableRandom random, SegmentAllocator allocator) {
        long count = (long) rows * granularity.groups(columns);
        MemorySegment scales = allocator.allocate(count * Short.BYTES, 64);
        for (long i = 0; i < count; i++) {
            float value = switch (random.nextInt(20)) {
                case 0 -> 0f;
                case 1 -> -scale;
                default -> scale * (float) random.nextDouble(0.5, 1.5);
            };
            scales.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(value));
        }
        return scales;
    }
}
