package bitnet.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A ternary weight matrix of a file: {@code rows} outputs by {@code columns} inputs. Thread-safe. */
public interface TernaryTensor {
    /** The tensor's name in its file, for messages. */
    String name();

    /** Outputs. */
    int rows();

    /** Inputs. */
    int columns();

    /**
     * The weights in the {@linkplain bitnet.tensor.TernaryLayout canonical layout}. A file that has it already answers with
     * a view of its mapping and copies nothing; any other is converted into memory of {@code arena}. Backends ask for
     * one tensor after another and keep only their own layout.
     *
     * @throws bitnet.ModelFormatException if the data is not ternary or its scale is not a finite number
     */
    Packed pack(Arena arena);

    /**
     * Weights and their scale: element {@code (r, c)} is {@code (code - 1) * scale}.
     *
     * @param codes {@code rows * TernaryLayout.rowBytes(columns)} bytes, read-only
     * @param scale finite
     */
    record Packed(MemorySegment codes, float scale) {}
}
