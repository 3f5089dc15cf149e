package bitnet.conformance;

import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A ternary matrix of seeded weights: each call of {@link #pack} makes the same again. */
record RandomTernary(String name, int rows, int columns, float scale, long seed) implements TernaryTensor {
    @Override
    public Packed pack(Arena arena) {
        int rowBytes = (int) TernaryLayout.rowBytes(columns);
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment codes = arena.allocate((long) rows * rowBytes, 64);
        byte[] row = new byte[rowBytes];
        for (int r = 0; r < rows; r++) {
            fill(row, random);
            MemorySegment.copy(row, 0, codes, ValueLayout.JAVA_BYTE, (long) r * rowBytes, rowBytes);
        }
        return new Packed(codes.asReadOnly(), scale);
    }

    private void fill(byte[] row, SplittableRandom random) {
        Arrays.fill(row, TernaryLayout.ZEROS);
        for (int column = 0; column < columns; column++) {
            int shift = TernaryLayout.shiftOf(column);
            int at = TernaryLayout.byteOf(column);
            row[at] = (byte) ((row[at] & ~(3 << shift)) | (random.nextInt(3) << shift));
        }
    }
}
