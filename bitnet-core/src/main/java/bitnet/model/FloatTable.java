package bitnet.model;

import bitnet.ModelUnsupportedException;
import bitnet.tensor.ElementType;
import bitnet.tensor.StoredBytes;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A float matrix as its file stores it: an embedding or a head.
 *
 * @param name the tensor's name in its file
 * @param type how elements are stored
 * @param rows tokens
 * @param columns the model's width
 * @param data {@code rows * type.rowBytes(columns)} bytes, in memory not necessarily aligned
 */
public record FloatTable(String name, ElementType type, int rows, int columns, StoredBytes data) implements TokenTable {
    /** @throws IllegalArgumentException if the data's size is not that of the shape */
    public FloatTable {
        long expected = Math.multiplyExact(type.rowBytes(columns), (long) rows);
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(name + " has " + data.byteSize() + " bytes, not " + expected);
        }
    }

    /** A table in memory that all threads may touch. */
    public FloatTable(String name, ElementType type, int rows, int columns, MemorySegment data) {
        this(name, type, rows, columns, StoredBytes.of(data));
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

    /**
     * Some of the rows, as a table.
     *
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public FloatTable part(int from, int count) {
        Objects.checkFromIndexSize(from, count, rows);
        long rowBytes = type.rowBytes(columns);
        return new FloatTable(name, type, count, columns, data.slice(from * rowBytes, count * rowBytes));
    }
}
