package bitnet.cpu;

import bitnet.model.TernaryTensor;
import bitnet.spi.KnownProduct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Computes {@link KnownProduct} by some operations: quantisation, packing, product. */
public final class ProductCheck {
    private static final int TOKENS = 2;

    private ProductCheck() {}

    /** The first row that comes out wrong, or -1. The second token has the activations in reverse signs. */
    public static int firstWrongRow(Operations operations) {
        int rows = KnownProduct.ROWS;
        int columns = KnownProduct.COLUMNS;
        try (Arena arena = Arena.ofConfined()) {
            FloatRows x = floats(arena, columns);
            FloatRows y = floats(arena, rows);
            for (int column = 0; column < columns; column++) {
                float activation = KnownProduct.activation(column);
                x.data().setAtIndex(ValueLayout.JAVA_FLOAT, column, activation);
                x.data().setAtIndex(ValueLayout.JAVA_FLOAT, x.stride() + column, -activation);
            }
            Scratch scratch = operations.scratch(Memory.PLAIN, arena, columns, TOKENS, PagedCache.PAGE);
            CodeRows q = codes(arena, operations, columns);
            operations.quantize(x, 0, TOKENS, q, scratch);
            PackedTernary w = pack(arena, operations);
            for (int token = 0; token < TOKENS; token++) {
                operations.ternaryMatmul(w, 0, rows, q, token, token + 1, y, false, scratch);
            }
            for (int row = 0; row < rows; row++) {
                float expected = KnownProduct.product(row) * KnownProduct.SCALE;
                if (y.data().getAtIndex(ValueLayout.JAVA_FLOAT, row) != expected
                        || y.data().getAtIndex(ValueLayout.JAVA_FLOAT, y.stride() + row) != -expected) {
                    return row;
                }
            }
            return -1;
        }
    }

    private static MemorySegment memory(Arena arena, long bytes) {
        return Memory.PLAIN.allocate(arena, bytes);
    }

    private static FloatRows floats(Arena arena, int columns) {
        long stride = FloatRows.stride(columns);
        return new FloatRows(memory(arena, TOKENS * stride * Float.BYTES), columns, stride);
    }

    private static CodeRows codes(Arena arena, Operations operations, int columns) {
        long stride = operations.codesStride(columns);
        MemorySegment codes = memory(arena, TOKENS * stride);
        MemorySegment scales = memory(arena, TOKENS * Float.BYTES);
        MemorySegment sums = memory(arena, TOKENS * Integer.BYTES);
        return new CodeRows(
                columns, stride, codes, scales, sums, operations.describeCodes(arena, columns, codes, scales, sums));
    }

    private static PackedTernary pack(Arena arena, Operations operations) {
        TernaryTensor tensor = KnownProduct.tensor();
        TernaryTensor.Packed source = tensor.pack(arena);
        MemorySegment scales =
                memory(arena, (long) PackedTernary.blocks(tensor.rows()) * PackedTernary.ROW_BLOCK * Float.BYTES);
        for (int row = 0; row < tensor.rows(); row++) {
            scales.setAtIndex(ValueLayout.JAVA_FLOAT, row, source.scale());
        }
        MemorySegment packed = memory(arena, operations.ternaryBytes(tensor.rows(), tensor.columns()));
        MemorySegment descriptor =
                operations.describeTernary(arena, tensor.rows(), tensor.columns(), scales, packed);
        PackedTernary w = new PackedTernary(tensor.rows(), tensor.columns(), scales, packed, descriptor);
        operations.pack(w, 0, tensor.rows(), source.codes());
        return w;
    }
}
