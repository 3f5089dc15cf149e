package bitnet.cpu;

import bitnet.model.TernaryTensor;
import bitnet.spi.KnownProduct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Computes {@link KnownProduct} by some operations: packing, quantisation, product. */
public final class ProductCheck implements AutoCloseable {
    /** Enough for a tile of several tokens and one alone; every other one has the activations in reverse signs. */
    private static final int TOKENS = 5;

    private static final int TILE = 4;
    private static final int ROWS = KnownProduct.ROWS;
    private static final int COLUMNS = KnownProduct.COLUMNS;

    private final Operations operations;
    private final Arena arena = Arena.ofConfined();
    private final Scratch scratch;
    private final PackedTernary w;
    private final CodeRows q;
    private final FloatRows y;

    /** Packs the matrix and quantises the activations. */
    public ProductCheck(Operations operations) {
        this.operations = operations;
        scratch = operations.scratch(Memory.PLAIN, arena, COLUMNS, TOKENS, PagedCache.PAGE);
        y = floats(ROWS);
        q = codes();
        FloatRows x = floats(COLUMNS);
        for (int token = 0; token < TOKENS; token++) {
            for (int column = 0; column < COLUMNS; column++) {
                float activation = KnownProduct.activation(column) * sign(token);
                x.data().setAtIndex(ValueLayout.JAVA_FLOAT, token * x.stride() + column, activation);
            }
        }
        operations.quantize(x, 0, TOKENS, q, scratch);
        w = pack();
    }

    /** The first row that comes out wrong, or -1. */
    public static int firstWrongRow(Operations operations) {
        try (ProductCheck check = new ProductCheck(operations)) {
            check.multiply();
            return check.firstWrongRow();
        }
    }

    /** Computes the product, of a tile of tokens and of one. */
    public void multiply() {
        operations.ternaryMatmul(w, 0, ROWS, q, 0, TILE, y, false, scratch);
        operations.ternaryMatmul(w, 0, ROWS, q, TILE, TOKENS, y, false, scratch);
    }

    private int firstWrongRow() {
        for (int row = 0; row < ROWS; row++) {
            float expected = KnownProduct.product(row) * KnownProduct.SCALE;
            for (int token = 0; token < TOKENS; token++) {
                if (y.data().getAtIndex(ValueLayout.JAVA_FLOAT, token * y.stride() + row) != expected * sign(token)) {
                    return row;
                }
            }
        }
        return -1;
    }

    private static float sign(int token) {
        return token % 2 == 0 ? 1f : -1f;
    }

    private MemorySegment memory(long bytes) {
        return Memory.PLAIN.allocate(arena, bytes);
    }

    private FloatRows floats(int columns) {
        long stride = FloatRows.stride(columns);
        return new FloatRows(memory(TOKENS * stride * Float.BYTES), columns, stride);
    }

    private CodeRows codes() {
        long stride = operations.codesStride(COLUMNS);
        MemorySegment codes = memory(TOKENS * stride);
        MemorySegment scales = memory(TOKENS * Float.BYTES);
        MemorySegment sums = memory(TOKENS * Integer.BYTES);
        MemorySegment descriptor = operations.describeCodes(arena, COLUMNS, codes, scales, sums);
        return new CodeRows(COLUMNS, stride, codes, scales, sums, descriptor);
    }

    private PackedTernary pack() {
        TernaryTensor.Packed source = KnownProduct.tensor().pack(arena);
        MemorySegment scales = memory((long) PackedTernary.blocks(ROWS) * PackedTernary.ROW_BLOCK * Float.BYTES);
        for (int row = 0; row < ROWS; row++) {
            scales.setAtIndex(ValueLayout.JAVA_FLOAT, row, source.scale());
        }
        MemorySegment packed = memory(operations.ternaryBytes(ROWS, COLUMNS));
        MemorySegment descriptor = operations.describeTernary(arena, ROWS, COLUMNS, scales, packed);
        PackedTernary made = new PackedTernary(ROWS, COLUMNS, scales, packed, descriptor);
        operations.pack(made, 0, ROWS, source.codes());
        return made;
    }

    @Override
    public void close() {
        arena.close();
    }
}
