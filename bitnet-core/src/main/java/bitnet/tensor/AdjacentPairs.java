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
        source.pack(stored(row, headDim), out, offset);
    }

    /** Where the file has a row. */
    private static int stored(int row, int headDim) {
        int dimension = row % headDim;
        int half = headDim / 2;
        return row - dimension + 2 * (dimension % half) + dimension / half;
    }

    /** The same for rows with scales of groups. */
    public record Scaled(ScaledRows source, int headDim) implements ScaledRows {
        public Scaled {
            new AdjacentPairs(source, headDim);
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
        public int groupColumns() {
            return source.groupColumns();
        }

        @Override
        public short scale(int row, int group) {
            return source.scale(stored(row, headDim), group);
        }

        @Override
        public void pack(int row, MemorySegment out, long offset) {
            source.pack(stored(row, headDim), out, offset);
        }
    }
}
