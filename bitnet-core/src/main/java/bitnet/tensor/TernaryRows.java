package bitnet.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A ternary matrix in the layout of some file, readable row by row in the {@linkplain TernaryLayout canonical layout}.
 * Immutable and thread-safe: {@link TernaryConversion} reads many rows at once.
 */
public interface TernaryRows {
    /** Outputs. */
    int rows();

    /** Inputs. */
    int columns();

    /**
     * Writes the {@link TernaryLayout#rowBytes} bytes of a row. A weight that is not ternary is written as code 3, for
     * {@link TernaryConversion#firstInvalid} to find.
     */
    void pack(int row, MemorySegment out, long offset);
}
