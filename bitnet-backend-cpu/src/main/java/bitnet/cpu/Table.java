package bitnet.cpu;

import bitnet.model.FloatTable;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * An embedding, a head or a small matrix.
 *
 * @param source the table, as its file has it
 * @param data its rows, in native memory
 * @param descriptor what the operations made of it, if anything
 * @param screen finds the best rows of a head quickly; null for an embedding and where it would not pay
 */
public record Table(
        FloatTable source,
        MemorySegment data,
        MemorySegment descriptor,
        @Nullable Screen screen) implements Kernels.Embedding, Kernels.Head, Kernels.FloatMatrix {
    /** Rows. */
    public int rows() {
        return source.rows();
    }

    /** Elements of a row. */
    public int columns() {
        return source.columns();
    }
}
