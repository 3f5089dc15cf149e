package bitnet.model;

import bitnet.ModelUnsupportedException;
import bitnet.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * A float matrix of a file, as it lies there: an embedding or a head.
 *
 * @param name the tensor's name in its file
 * @param type how elements are stored
 * @param rows tokens
 * @param columns the model's width
 * @param data {@code rows * type.rowBytes(columns)} bytes, read-only, not necessarily aligned
 */
public record FloatTable(String name, ElementType type, int rows, int columns, MemorySegment data)
        implements TokenTable {
    /** @throws IllegalArgumentException if the data's size is not that of the shape */
    public FloatTable {
        long expected = Math.multiplyExact(type.rowBytes(columns), (long) rows);
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(name + " has " + data.byteSize() + " bytes, not " + expected);
        }
    }

    /**
     * A table, for code that has floats alone.
     *
     * @throws ModelUnsupportedException if it is ternary
     */
    public static FloatTable require(TokenTable table) {
        return switch (table) {
            case FloatTable floats -> floats;
            case TernaryTable ternary ->
                throw new ModelUnsupportedException(ternary.name(), "is ternary; floats are needed here");
        };
    }
}
