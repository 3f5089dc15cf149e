package bitnet.gguf;

import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Some rows of a ternary matrix in an order of their own. The whole matrix is in memory while they are packed.
 *
 * @param source the stored matrix
 * @param order which row of it each row is
 */
record OrderedRows(TernaryTensor source, int[] order) implements TernaryTensor {
    @Override
    public String name() {
        return source.name();
    }

    @Override
    public int rows() {
        return order.length;
    }

    @Override
    public int columns() {
        return source.columns();
    }

    @Override
    public ScaleGranularity granularity() {
        return source.granularity();
    }

    @Override
    public Packed pack(SegmentAllocator allocator) {
        try (Arena reading = Arena.ofShared()) {
            Packed stored = source.pack(reading);
            MemorySegment codes = pick(stored.codes(), TernaryLayout.rowBytes(columns()), allocator);
            if (granularity() == ScaleGranularity.TENSOR) {
                return new Packed(codes.asReadOnly(), stored.scale());
            }
            long scaleBytes = (long) Short.BYTES * granularity().groups(columns());
            return new Packed(
                    codes.asReadOnly(),
                    pick(stored.groupScales(), scaleBytes, allocator).asReadOnly());
        }
    }

    private MemorySegment pick(MemorySegment rows, long bytes, SegmentAllocator allocator) {
        MemorySegment out = allocator.allocate(order.length * bytes, 64);
        for (int i = 0; i < order.length; i++) {
            MemorySegment.copy(rows, order[i] * bytes, out, i * bytes, bytes);
        }
        return out;
    }
}
