package bitnet.spi;

import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/**
 * A small ternary product with a known answer, which every backend computes on its device before it calls itself usable.
 * Rows and columns differ from each other everywhere, so a swapped row, column, nibble or sign changes the answer.
 */
public final class KnownProduct {
    /** Outputs. */
    public static final int ROWS = 48;
    /** Inputs: one and a half blocks, so that the padding of a row takes part. */
    public static final int COLUMNS = 192;
    /** The scale of the weights. */
    public static final float SCALE = 0.75f;

    private KnownProduct() {}

    /** Weight {@code (row, column)}: -1, 0 or 1. */
    public static int weight(int row, int column) {
        int mixed = (row * 0x9E3779B1 + column * 0x85EBCA77) ^ (row * column * 0x27D4EB2F);
        return Integer.remainderUnsigned(mixed ^ (mixed >>> 15), 3) - 1;
    }

    /** Activation {@code column}: an integer from -127 to 127, the largest of them 127, so that quantisation keeps it as it is. */
    public static int activation(int column) {
        return column == 5 ? 127 : Integer.remainderUnsigned((column * 0x9E3779B1) >>> 7, 254) - 126;
    }

    /** The right answer for a row, before scaling. */
    public static int product(int row) {
        int sum = 0;
        for (int column = 0; column < COLUMNS; column++) {
            sum += weight(row, column) * activation(column);
        }
        return sum;
    }

    /** The weights as a tensor. */
    public static TernaryTensor tensor() {
        return new TernaryTensor() {
            @Override
            public String name() {
                return "known product";
            }

            @Override
            public int rows() {
                return ROWS;
            }

            @Override
            public int columns() {
                return COLUMNS;
            }

            @Override
            public Packed pack(SegmentAllocator allocator) {
                long rowBytes = TernaryLayout.rowBytes(COLUMNS);
                MemorySegment codes = allocator.allocate(ROWS * rowBytes, 64).fill(TernaryLayout.ZEROS);
                for (int row = 0; row < ROWS; row++) {
                    for (int column = 0; column < COLUMNS; column++) {
                        long at = row * rowBytes + TernaryLayout.byteOf(column);
                        int shift = TernaryLayout.shiftOf(column);
                        int code = weight(row, column) + 1;
                        int old = codes.get(ValueLayout.JAVA_BYTE, at);
                        codes.set(ValueLayout.JAVA_BYTE, at, (byte) ((old & ~(3 << shift)) | (code << shift)));
                    }
                }
                return new Packed(codes, SCALE);
            }
        };
    }
}
