package bitnet.tensor;

import java.lang.foreign.MemorySegment;

/**
 * The rows of a query or key projection of GGUF's {@code llama} architecture, whose rotary embedding turns dimensions {@code 2i}
 * and {@code 2i + 1} together, in the order in which {@code i} and {@code i + headDim / 2} turn together.
 *
 * @param source in the file's order
 * @param headDim dimensions of a head; even, and divides the rows
 */
public record AdjacentPairs(TernaryRows source, int headDim) implements TernaryRows {
    public AdjacentPairs {
        if (headDim % 2 != 0 || source.rows() % headDim != 0) {
            throw new IllegalArgumentException(source.rows() + " rows in heads of " + headDim);
        }
    }

    @Override
    public int rows() {
        return source.rows();
    }

    @Override
    public int columns() {
        return source.columns();
    }

    @Override
    public void pack(int row, MemorySegment out, long offset) {
        int dimension = row % headDim;
        int half = headDim / 2;
        source.pack(row - dimension + 2 * (dimension % half) + dimension / half, out, offset);
    }
}
